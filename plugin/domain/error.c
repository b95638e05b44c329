/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The room's error domain. */
#include "domain/error.h"

G_DEFINE_QUARK (vg_domain_error_quark, vg_domain_error)
