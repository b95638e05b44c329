/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The room's error domains; apart, so that who only names them needs nothing
 * that a job needs. */
#include "job/lock.h"
#include "job/plan.h"
#include "job/run.h"
#include "job/space.h"

G_DEFINE_QUARK (vg_lock_error_quark, vg_lock_error)
G_DEFINE_QUARK (vg_plan_error_quark, vg_plan_error)
G_DEFINE_QUARK (vg_run_error_quark, vg_run_error)
G_DEFINE_QUARK (vg_space_error_quark, vg_space_error)
