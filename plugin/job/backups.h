/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest's backups in Glance, those of Nova's createBackup included. */
#pragma once

#include <gio/gio.h>

#include "glance/glance.h"

/* Selects backups; all borrowed. */
typedef struct {
  const char *uuid;  /* of the instance */
  const char *type;  /* "daily" */
  const char *owner; /* a project whose images count together with ours: see
                        vg_rotate_get_owner(); or NULL */
} VgBackups;

/* The active backups as VgImageRecord, in no particular order. Glance's answer
 * is filtered again: a Glance that doesn't know a filter lists all images.
 * Images of other projects than ours and the owner don't count, whoever may see
 * them: anybody can set an image's properties. Free with g_ptr_array_unref().
 * Blocks. */
GPtrArray *vg_backups_list (VgGlance *glance, const VgBackups *what,
                            GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* How long an image that another host has begun counts as being made there, in
 * s: that host may have died. */
#define VG_BACKUPS_UNDER_WAY_S 3600

/* Sets *newest to the newest of these backups, of whatever disk, that was made
 * at or after that time (s since 1970; the time of Glance's record), and
 * *under_way to the newest that another host is making, as of a guest that has
 * migrated meanwhile (its disk in Ceph, of which a snapshot is read); or to
 * NULL. One request. Free them with vg_image_record_free(). */
gboolean vg_backups_find_since (VgGlance *glance, const VgBackups *what,
                                gint64 since, VgImageRecord **newest,
                                VgImageRecord **under_way,
                                GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The active backups of an instance, of all types and all projects that may be
 * seen, as VgImageRecord. Free with g_ptr_array_unref(). */
GPtrArray *vg_backups_list_instance (VgGlance *glance, const char *uuid,
                                     GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The type of an image, if it is a backup; else NULL. Borrowed. */
const char *vg_backups_get_type (const VgImageRecord *record);

/* When Glance made the record, in s since 1970; 0: unknown. */
gint64 vg_backups_get_time (const VgImageRecord *record);
