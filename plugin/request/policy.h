/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Policies: responses to events of a domain. A policy is in the domain's
 * <metadata>, set with virsh or libvirt, or in files on the host, because Nova
 * rewrites the metadata. See virt-glance-policy(7). Policies are untrusted:
 * unknown or malformed content is an error, never ignored. */
#pragma once

#include "domain/domain.h"
#include "request/event.h"

/* Sets *request to the policy's request for the event: from the domain's own
 * policy element, else from the first section that matches event and domain in
 * the files FOLDER/NAME.conf, sorted by name. *request is NULL if no policy
 * matches. FALSE with VG_REQUEST_ERROR if the policy element, or a file read,
 * is wrong. Free *request with vg_request_free(). Reads only files. */
gboolean vg_policy_find (const VgDomain *domain, VgEvent event,
                         const char *folder, VgRequest **request,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same, and sets *from to where the request stands:
 * VG_POLICY_FROM_METADATA, or "FOLDER/NAME.conf [SECTION]"; NULL without a
 * request. Free with g_free().
 */
#define VG_POLICY_FROM_METADATA "the domain's metadata"
gboolean vg_policy_find_with_place (const VgDomain *domain, VgEvent event,
                                    const char *folder, VgRequest **request,
                                    char **from, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The same for VG_EVENT_BACKUP, and the first one whose type is none of except,
 * an array of strings: so all are found, one after the other. */
gboolean vg_policy_find_next_backup (const VgDomain *domain,
                                     const GPtrArray *except,
                                     const char *folder, VgRequest **request,
                                     char **from, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Likewise for VG_EVENT_BACKUP and backups of that type, such as "daily"; NULL:
 * the first one, whatever its type. A policy may have several, each of another
 * type; if the domain's own policy has any, the files don't count. */
gboolean vg_policy_find_backup (const VgDomain *domain, const char *type,
                                const char *folder, VgRequest **request,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
