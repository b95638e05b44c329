/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The room's error domain. */
#include "job/error.h"

G_DEFINE_QUARK (vg_run_error_quark, vg_run_error)
