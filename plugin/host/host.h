/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to libvirt, made again when the daemon was restarted.
 *
 * libvirt's events arrive in GLib's default main context, which the program
 * must run while a VgHost is in use; the calls themselves block and may be
 * made by any thread.
 */
#pragma once

#include <glib.h>

#define VG_HOST_ERROR (vg_host_error_quark ())
typedef enum {
  VG_HOST_ERROR_CONNECTION,  /* libvirt can't be reached, or went away */
  VG_HOST_ERROR_NO_DOMAIN,   /* no domain of that name, id or UUID */
  VG_HOST_ERROR_NO_SNAPSHOT, /* the domain has no snapshot of that name */
  VG_HOST_ERROR_NOT_RUNNING, /* the domain isn't running (any more) */
  VG_HOST_ERROR_BUSY,        /* another job on that domain is in the way */
  VG_HOST_ERROR_AGENT,       /* the guest agent is missing or doesn't answer */
  VG_HOST_ERROR_DENIED,      /* libvirt says that we may not */
  VG_HOST_ERROR_UNSUPPORTED, /* this libvirt or QEMU can't do that */
  VG_HOST_ERROR_FAILED,      /* anything else, in libvirt's words */
} VgHostError;
GQuark vg_host_error_quark (void);

typedef struct _VgHost VgHost;

/* Connects to uri (NULL: LIBVIRT_DEFAULT_URI or libvirt's own choice, as virsh
 * does). NULL with VG_HOST_ERROR_CONNECTION or _DENIED. */
VgHost *vg_host_open (const char *uri, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The same, but it connects only when it is first used. Never NULL. */
VgHost *vg_host_new (const char *uri);
void vg_host_free (VgHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgHost, vg_host_free)

/* The URI in use, "qemu:///system"; NULL before the first connection. Borrowed.
 */
const char *vg_host_get_uri (VgHost *host);
