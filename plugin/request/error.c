/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The room's error domain. */
#include "request/error.h"

G_DEFINE_QUARK (vg_request_error_quark, vg_request_error)
