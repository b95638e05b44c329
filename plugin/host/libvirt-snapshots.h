/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Snapshots that libvirt knows of a domain, made by whomever. All calls
 * block. */
#pragma once

#include "host/guest.h"

/* The names of all that the domain has. Free with g_strfreev(). */
char **vg_guest_list_savepoints (VgGuest *guest, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The XML of the one of that name; free with g_free(). NULL with
 * VG_HOST_ERROR_NO_SNAPSHOT or another one. */
char *vg_guest_get_snapshot_xml (VgGuest *guest, const char *name,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether no block job changes the backing chain of the disk: FALSE with
 * VG_HOST_ERROR_BUSY for a blockcommit, blockpull or blockcopy. One that is
 * being made of the running domain is waited for, up to half a minute. */
gboolean vg_guest_check_unmerged (VgGuest *guest, const char *target,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
