/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error domain of locks, in its own file so that its users needn't link the
 * locks. */
#include "journal/lock.h"

G_DEFINE_QUARK (vg_lock_error_quark, vg_lock_error)
