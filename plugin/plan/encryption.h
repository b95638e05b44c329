/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks that the hypervisor decrypts: whether they can be snapshotted, and the
 * contents of their images. Pure, like the rest of the plan. */
#pragma once

#include "domain/domain.h"
#include "request/request.h"
#include "plan/transport.h"
#include "util/json.h"

/* Checks that the request permits an encrypted disk, and that the disk can be
 * snapshotted in format (as requested, or NULL). FALSE with VG_PLAN_ERROR_DISK.
 */
gboolean vg_encryption_check (const VgDomain *domain, const VgDomainDisk *disk,
                              VgEncrypted encrypted, const char *format,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same check for the transport of ciphertext, once chosen: the hypervisor
 * does not export ciphertext. */
gboolean vg_encryption_check_way (const VgDomain *domain,
                                  const VgDomainDisk *disk, gboolean active,
                                  VgTransport way, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The format of the file that holds the ciphertext: "raw" or "qcow2". Static.
 */
const char *vg_encryption_get_format (const VgDomainDisk *disk);

/* Adds to an image's record how to open its ciphertext, with the properties of
 * Nova (for its own disks) or Cinder (for a volume, whose key only the user can
 * name: as a property in the record). Existing properties stay. Returns what is
 * missing, for people, or NULL. Free with g_free(). */
char *vg_encryption_describe (const VgDomain *domain, const VgDomainDisk *disk,
                              VgJson *record);
