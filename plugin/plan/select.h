/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of a domain's disks a request is about. */
#pragma once

#include "domain/domain.h"
#include "request/request.h"

/* The disks that are asked for (VgDomainDisk, borrowed from domain), the root
 * disk first if it is among them, each once. NULL with VG_DOMAIN_ERROR. Free
 * with g_ptr_array_unref(). */
GPtrArray *vg_select_disks (const VgRequest *request, const VgDomain *domain,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether that disk of the domain is among those that are asked for. */
gboolean vg_select_wants (const VgRequest *request, const VgDomain *domain,
                          const VgDomainDisk *disk);
