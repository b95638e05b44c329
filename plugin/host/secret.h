/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secrets that libvirt keeps: keys of Ceph users, passphrases of disks. */
#pragma once

#include "host/guest.h"
#include "host/host.h"

/* The value of the secret with that UUID, or, where uuid is NULL, of the one
 * that libvirt keeps for that usage by Ceph; in base64, as in a keyring.
 * Blocks. Free with vg_secret_free(). VG_HOST_ERROR_FAILED: it isn't there, or
 * has no value; _DENIED: we may not read it, or nobody may (private='yes'). */
char *vg_host_get_secret (VgHost *host, const char *uuid, const char *usage,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same of a disk's passphrase, and of a usage by a volume. */
char *vg_guest_get_passphrase (VgGuest *guest, const char *uuid,
                               const char *usage, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
