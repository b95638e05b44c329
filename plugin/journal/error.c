/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error domain of locks; apart, so that naming it needs no lock. */
#include "journal/lock.h"

G_DEFINE_QUARK (vg_lock_error_quark, vg_lock_error)
