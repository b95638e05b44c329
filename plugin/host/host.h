/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to libvirt, reopened after a restart of the daemon.
 *
 * libvirt's events arrive in GLib's default main context, which the program
 * must run while a VgHost is in use; the calls themselves block, in any thread.
 */
#pragma once

#include <glib.h>

#define VG_HOST_ERROR (vg_host_error_quark ())
typedef enum {
  VG_HOST_ERROR_CONNECTION,  /* libvirt can't be reached, or disconnected */
  VG_HOST_ERROR_URI,         /* the connection URI is none */
  VG_HOST_ERROR_NO_DOMAIN,   /* no domain with that name, id or UUID */
  VG_HOST_ERROR_NO_SNAPSHOT, /* the domain has no snapshot with that name */
  VG_HOST_ERROR_NOT_RUNNING, /* the domain is not running (any more) */
  VG_HOST_ERROR_BUSY,        /* another job on that domain is running */
  VG_HOST_ERROR_AGENT,       /* the guest agent is missing or doesn't answer */
  VG_HOST_ERROR_FROZEN,      /* somebody else has frozen the guest */
  VG_HOST_ERROR_DENIED,      /* libvirt denies permission */
  VG_HOST_ERROR_UNSUPPORTED, /* this libvirt or QEMU doesn't support it */
  VG_HOST_ERROR_FAILED,      /* any other error, in libvirt's words */
} VgHostError;
GQuark vg_host_error_quark (void);

typedef struct _VgHost VgHost;

/* Connects to uri (NULL: LIBVIRT_DEFAULT_URI or libvirt's own choice, like
 * virsh). NULL with VG_HOST_ERROR_CONNECTION, _URI or _DENIED. */
VgHost *vg_host_open (const char *uri, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Like vg_host_open(), but connects on first use. Never NULL. */
VgHost *vg_host_new (const char *uri);
void vg_host_free (VgHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgHost, vg_host_free)

/* The URI in use, "qemu:///system"; NULL before the first connection. Borrowed.
 */
const char *vg_host_get_uri (VgHost *host);
