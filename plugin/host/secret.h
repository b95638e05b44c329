/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secrets stored in libvirt: keys of Ceph users, passphrases of disks. */
#pragma once

#include "host/guest.h"
#include "host/host.h"

/* The value of the secret with that UUID, or, if uuid is NULL, of the secret
 * with that Ceph usage; in base64, as in a keyring. Blocks. Free with
 * vg_secret_free(). VG_HOST_ERROR_FAILED: it does not exist, or has no value;
 * _DENIED: no permission, or nobody may read it (private='yes'). */
char *vg_host_get_secret (VgHost *host, const char *uuid, const char *usage,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Like vg_host_get_secret(), for a disk's passphrase, with a volume's usage. */
char *vg_guest_get_passphrase (VgGuest *guest, const char *uuid,
                               const char *usage, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
