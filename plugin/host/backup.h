/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's backup jobs: https://libvirt.org/formatbackup.html. A job is told
 * from others by the path of its NBD socket. All calls block. */
#pragma once

#include "host/guest.h"

/* Begins one; reuse: the files that xml names are there already.
 * VG_HOST_ERROR_BUSY where the domain already has a job, _NOT_RUNNING where it
 * is shut off. */
gboolean vg_backup_begin (VgGuest *guest, const char *xml, gboolean reuse,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether a backup job's XML has a server with that socket, in *found. FALSE
 * with GMarkupError where it is no XML. */
gboolean vg_backup_find_socket (const char *xml, const char *socket,
                                gboolean *found, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the job that runs is the one with that socket, in *running. FALSE
 * where that can't be told; a domain that is gone has none. */
gboolean vg_backup_is_running (VgGuest *guest, const char *socket,
                               gboolean *running, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Ends that job and waits for its end, a minute at most; none, or another's,
 * is success and left alone. */
gboolean vg_backup_end (VgGuest *guest, const char *socket, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
