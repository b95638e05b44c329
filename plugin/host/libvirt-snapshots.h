/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's snapshots of a domain, whatever their origin. All calls block. */
#pragma once

#include "host/guest.h"

/* The names of all snapshots of the domain. Free with g_strfreev(). */
char **vg_guest_list_savepoints (VgGuest *guest, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The XML of the snapshot with that name; free with g_free(). NULL with
 * VG_HOST_ERROR_NO_SNAPSHOT or another one. */
char *vg_guest_get_snapshot_xml (VgGuest *guest, const char *name,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Checks that no block job is changing the disk's backing chain: FALSE with
 * VG_HOST_ERROR_BUSY for a blockcommit, blockpull or blockcopy. Waits up to
 * half a minute for a snapshot in creation. */
gboolean vg_guest_check_unmerged (VgGuest *guest, const char *target,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether libvirt keeps the domain's memory (virsh managedsave), and its next
 * start would go on from there. Unlike vg_guest_get_saved(), not why it was
 * shut off: that stays "saved" after virsh managedsave-remove. */
gboolean vg_guest_has_managed_save (VgGuest *guest, gboolean *saved,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
