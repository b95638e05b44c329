/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The room's error domain; apart, so that who only names it needs no libcurl.
 */
#include "glance/error.h"

G_DEFINE_QUARK (vg_glance_error_quark, vg_glance_error)
