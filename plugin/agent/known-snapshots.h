/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of libvirt's snapshots were seen, so that each is a new one but once,
 * over a crash and a reboot: in STATE_PATH/seen, a file a domain. */
#pragma once

#include <glib.h>

/* Sets *since to when this host was looked at for the first time, in s since
 * 1970: now, if that was never. What is older is not new. GFileError,
 * VG_JSON_ERROR. */
gboolean vg_known_snapshots_get_since (const char *state_path, gint64 *since,
                                       GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef struct _VgSeen VgKnownSnapshots;

/* Those of the domain with that UUID; none where nothing was saved. GFileError,
 * VG_JSON_ERROR. */
VgKnownSnapshots *vg_known_snapshots_load (const char *state_path,
                                           const char *uuid, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_known_snapshots_free (VgKnownSnapshots *seen);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgKnownSnapshots, vg_known_snapshots_free)

/* A name may come again, at another time (s since 1970). */
gboolean vg_known_snapshots_has (const VgKnownSnapshots *seen, const char *name,
                                 gint64 created);
void vg_known_snapshots_add (VgKnownSnapshots *seen, const char *name,
                             gint64 created);

/* Writes it, if something was added; of the snapshots that are gone, names
 * (NULL-ended) being those that are there, only the latest are kept.
 * GFileError. */
gboolean vg_known_snapshots_save (VgKnownSnapshots *seen,
                                  const char *const *names, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
