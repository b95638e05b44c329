/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The known libvirt snapshots, kept over crashes and reboots, so that each
 * snapshot is new only once: one file per domain in STATE_PATH/seen. */
#pragma once

#include <glib.h>

/* Sets *since to the time of the first scan of this host, in s since 1970; the
 * present, if there was none. Older snapshots are not new. GFileError,
 * VG_JSON_ERROR. */
gboolean vg_known_snapshots_get_since (const char *state_path, gint64 *since,
                                       GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef struct _VgKnownSnapshots VgKnownSnapshots;

/* The known snapshots of the domain with that UUID; empty if nothing was saved.
 * GFileError, VG_JSON_ERROR. */
VgKnownSnapshots *vg_known_snapshots_load (const char *state_path,
                                           const char *uuid, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_known_snapshots_free (VgKnownSnapshots *known);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgKnownSnapshots, vg_known_snapshots_free)

/* A name may be reused at another time. created: s since 1970. */
gboolean vg_known_snapshots_has (const VgKnownSnapshots *known,
                                 const char *name, gint64 created);
void vg_known_snapshots_add (VgKnownSnapshots *known, const char *name,
                             gint64 created);

/* Writes the file if a snapshot was added. names: the domain's existing
 * snapshots (NULL-terminated); only the latest of the others are kept.
 * GFileError. */
gboolean vg_known_snapshots_save (VgKnownSnapshots *known,
                                  const char *const *names, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
