/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Glance's error domain. */
#include "inventory/error.h"

G_DEFINE_QUARK (vg_glance_error_quark, vg_glance_error)
