/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Policies in files on the host. */
#pragma once

#include "domain/domain.h"
#include "request/event.h"

/* Whether the request is for a backup of that type (NULL: any), and of none of
 * except (an array of strings, or NULL). */
gboolean vg_policy_is_of_type (const VgRequest *request, const char *type,
                               const GPtrArray *except);

/* Implements vg_policy_find_with_place() and vg_policy_find_backup() for files.
 * type: of backups; NULL: any. */
gboolean vg_policy_find_in_files (const VgDomain *domain, VgEvent event,
                                  const char *type, const GPtrArray *except,
                                  const char *folder, VgRequest **request,
                                  char **from, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The paths of the directory's policy files, in the order in which they are
 * read; empty if it is missing. NULL with VG_REQUEST_ERROR_READ. */
GPtrArray *vg_policy_list_files (const char *folder, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the file is right, for any domain and event. VG_REQUEST_ERROR. */
gboolean vg_policy_check_file (const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
