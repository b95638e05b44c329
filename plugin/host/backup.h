/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's backup jobs: https://libvirt.org/formatbackup.html. The path of its
 * NBD socket identifies a job. All calls block. */
#pragma once

#include "host/guest.h"

/* Begins a job; reuse: the files in xml exist already. VG_HOST_ERROR_BUSY if
 * the domain already has a job, or a block job of one of its disks;
 * _NOT_RUNNING if it is shut off. */
gboolean vg_backup_begin (VgGuest *guest, const char *xml, gboolean reuse,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets *found to whether a backup job's XML has a server with that socket.
 * FALSE with GMarkupError if xml is not XML. */
gboolean vg_backup_find_socket (const char *xml, const char *socket,
                                gboolean *found, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Sets *running to whether the current job has that socket. FALSE if that is
 * unknown; a domain that no longer exists has no job. */
gboolean vg_backup_is_running (VgGuest *guest, const char *socket,
                               gboolean *running, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  VG_BACKUP_END_UNKNOWN,
  VG_BACKUP_END_ORDERED, /* a client of libvirt asked for it */
  VG_BACKUP_END_FAILED,  /* QEMU could not go on */
} VgBackupEnd;

/* How the last backup job of the running domain ended: virDomainGetJobStats().
 * libvirt keeps it until it is restarted or the domain stops. A job in pull
 * mode never ends by itself, so libvirt calls one complete that was aborted. A
 * guest that powers off ends its job as well, a moment before libvirt sees that
 * it is gone. *why: what QEMU says of a failure, or NULL; free with g_free().
 */
VgBackupEnd vg_backup_get_end (VgGuest *guest, char **why);

/* Ends the job with that socket and waits up to a minute for its end; until
 * libvirt accepts the request, it is repeated. Success if there is none;
 * another job is left alone. VG_HOST_ERROR_BUSY if it doesn't end, with
 * libvirt's reason. */
gboolean vg_backup_end (VgGuest *guest, const char *socket, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
