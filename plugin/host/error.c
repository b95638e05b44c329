/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The room's error domain; apart, so that who only names it needs no libvirt.
 */
#include "host/host.h"

G_DEFINE_QUARK (vg_host_error_quark, vg_host_error)
