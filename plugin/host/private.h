/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by the host room's files: libvirt's own types stay in this room. */
#pragma once

#include <libvirt/libvirt.h>

#include "host/guest.h"
#include "host/host.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (virDomain, virDomainFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (virConnect, virConnectClose)

/* Sets error from this thread's last libvirt error: "WHAT: libvirt's words".
 * Returns FALSE, for the caller's return. */
gboolean vg_host_throw (GError **error, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

/* A reference to the live connection; reconnects (up to some 10 s) if the
 * daemon had gone. Release it with virConnectClose(). */
virConnectPtr vg_host_ref_connection (VgHost *host, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Numbers of starts of all of a host's domains; any thread may use it. */
typedef struct _VgStarts VgStarts;
VgStarts *vg_starts_new (void);
void vg_starts_free (VgStarts *starts);
VgStarts *vg_host_get_starts (VgHost *host); /* borrowed */

/* Counts the events of that connection from now on, instead of an earlier one.
 * For one thread at a time. */
void vg_starts_watch (VgStarts *starts, virConnectPtr connection);

/* See vg_guest_get_epoch(). */
guint vg_starts_count (VgStarts *starts, const char *uuid);

/* The label that the host's capabilities tell, see capabilities.h; asked once.
 */
gboolean vg_host_get_base_label (VgHost *host, char **label, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Looks up the domain on the current connection. A new reference. */
virDomainPtr vg_guest_lookup (VgGuest *guest, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Until vg_guest_let_go(), a lookup on the same connection returns this domain
 * without a request to libvirt, which may take milliseconds. If the domain is
 * gone, the next call on it says so. Takes a reference. agent_limit_s: how long
 * its agent may take now, in s. */
void vg_guest_hold (VgGuest *guest, virDomainPtr domain, guint agent_limit_s);
void vg_guest_let_go (VgGuest *guest);

/* That limit; 0 if domain is not the one that is held. */
guint vg_guest_get_held_limit (VgGuest *guest, virDomainPtr domain);

/* Borrowed. */
VgHost *vg_guest_get_host (VgGuest *guest);

/* Whether error means that the domain no longer exists, so needs no undo. */
gboolean vg_guest_is_gone (const GError *error);
