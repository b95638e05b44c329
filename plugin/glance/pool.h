/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sessions that a job is done with, for jobs to come: a session has a token and
 * open connections, and getting them takes longer than the other requests of a
 * small job. Use it from any thread. */
#pragma once

#include "glance/glance.h"

typedef struct _VgGlancePool VgGlancePool;

/* config is borrowed and must outlive the pool and its sessions. */
VgGlancePool *vg_glance_pool_new (const VgConfig *config);
void vg_glance_pool_free (VgGlancePool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgGlancePool, vg_glance_pool_free)

/* Like vg_glance_new(), with credentials as they are now, but if a session with
 * the same ones was given back a minute ago at most, that session: an upload
 * would renew an older token. */
VgGlance *vg_glance_pool_take (VgGlancePool *pool, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Takes a session back. Give back none with which something failed: what it
 * knows, such as Glance's address, may be wrong. */
void vg_glance_pool_give (VgGlancePool *pool, VgGlance *glance);
