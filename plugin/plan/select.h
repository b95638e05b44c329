/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Selection of the domain's disks for a request. */
#pragma once

#include "domain/domain.h"
#include "request/request.h"

/* The disks requested (VgDomainDisk, borrowed from domain), without duplicates;
 * the root disk first, if included. NULL with VG_DOMAIN_ERROR. Free with
 * g_ptr_array_unref(). */
GPtrArray *vg_select_disks (const VgRequest *request, const VgDomain *domain,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The targets of the disks that a request for all disks leaves out: Nova's swap
 * disks. NULL-ended, never NULL; free with g_strfreev(). */
char **vg_select_left_out (const VgRequest *request, const VgDomain *domain);

/* Whether the request includes this disk of the domain. */
gboolean vg_select_wants (const VgRequest *request, const VgDomain *domain,
                          const VgDomainDisk *disk);
