/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of libvirt's snapshots were seen, so that each is a new one but once,
 * over a crash and a reboot: in STATE_PATH/seen, a file a domain. */
#pragma once

#include <glib.h>

/* Sets *since to when this host was looked at for the first time, in s since
 * 1970: now, if that was never. What is older is not new. GFileError,
 * VG_JSON_ERROR. */
gboolean vg_seen_get_since (const char *state_path, gint64 *since,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct _VgSeen VgSeen;

/* Those of the domain with that UUID; none where nothing was saved. GFileError,
 * VG_JSON_ERROR. */
VgSeen *vg_seen_load (const char *state_path, const char *uuid, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_seen_free (VgSeen *seen);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgSeen, vg_seen_free)

/* A name may come again, at another time (s since 1970). */
gboolean vg_seen_has (const VgSeen *seen, const char *name, gint64 created);
void vg_seen_add (VgSeen *seen, const char *name, gint64 created);

/* Writes it, if something was added; of the snapshots that are gone, names
 * (NULL-ended) being those that are there, only the latest are kept.
 * GFileError. */
gboolean vg_seen_save (VgSeen *seen, const char *const *names, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
