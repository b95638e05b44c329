/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Policies in files on the host. */
#pragma once

#include "domain/domain.h"
#include "request/event.h"

/* Implements vg_policy_find_with_place() for files. */
gboolean vg_policy_find_in_files (const VgDomain *domain, VgEvent event,
                                  const char *folder, VgRequest **request,
                                  char **from, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
