/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks that the hypervisor decrypts: whether an image of one may be made, and
 * what it has in it. Pure, like the plan that it is part of. */
#pragma once

#include "domain/domain.h"
#include "request/request.h"
#include "plan/transport.h"
#include "util/json.h"

/* Whether what was asked for (in format, or NULL) can be done to an encrypted
 * disk, and whether it was asked for at all. FALSE with VG_PLAN_ERROR_DISK. */
gboolean vg_encryption_check (const VgDomain *domain, const VgDomainDisk *disk,
                              VgEncrypted encrypted, const char *format,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same of the ciphertext's way, once that is chosen: the hypervisor hands
 * out no ciphertext. */
gboolean vg_encryption_check_way (const VgDomain *domain,
                                  const VgDomainDisk *disk, gboolean active,
                                  VgTransport way, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The format of the file that holds the ciphertext: "raw" or "qcow2". Static.
 */
const char *vg_encryption_get_format (const VgDomainDisk *disk);

/* Adds to an image's record how its ciphertext is to be opened, in the words of
 * Nova (of a disk of its own), or Cinder (of a volume, whose key only the user
 * can name: as a property in the record). What is in the record already stays.
 * Returns what is missing, for people, or NULL. Free with g_free(). */
char *vg_encryption_describe (const VgDomain *domain, const VgDomainDisk *disk,
                              VgJson *record);
