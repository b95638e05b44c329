/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The room's error domain, in its own file so that its users needn't link
 * libvirt. */
#include "host/host.h"

G_DEFINE_QUARK (vg_host_error_quark, vg_host_error)
