/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of libvirt's daemons serves QEMU's domains on this host: libvirtd, or
 * virtqemud where the daemons are modular. Private to the room.
 * https://libvirt.org/daemons.html */
#pragma once

#include <glib.h>

/* Where libvirt's daemons of the whole host have their sockets. */
#define VG_DAEMON_DIRECTORY "/run/libvirt"

/* The name of the daemon whose socket is in that directory, for messages:
 * "libvirtd", "virtqemud"; "libvirtd (or virtqemud)" if neither is. Static. */
const char *vg_daemon_get_name (const char *directory);

/* The URI for a connection without one, where libvirt's own choice fails: some
 * builds of its library look for libvirtd alone. NULL: there is none. Static.
 */
const char *vg_daemon_get_fallback (const char *directory);
