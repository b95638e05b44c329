/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hashes bytes and hands them on in a thread of its own, while the next ones
 * come. Private to the room. */
#pragma once

#include "glance/download.h"
#include "glance/hash.h"

typedef struct _VgWriteBehind VgWriteBehind;

/* sink and hash are borrowed; hash NULL: none. The sink is called by that
 * thread. */
VgWriteBehind *vg_write_behind_new (const VgSink *sink, VgHash *hash);
/* Ends the thread; bytes that are not flushed may be lost. */
void vg_write_behind_free (VgWriteBehind *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgWriteBehind, vg_write_behind_free)

/* Takes the next n bytes; blocks while too many wait. FALSE: the sink has
 * failed, and vg_write_behind_flush() says why. */
gboolean vg_write_behind_push (VgWriteBehind *writer, const char *bytes,
                               gsize n);

/* Waits until the sink has all bytes. The sink's error. */
gboolean vg_write_behind_flush (VgWriteBehind *writer, GError **error);

/* Flushes, and begins again with the first byte. */
gboolean vg_write_behind_restart (VgWriteBehind *writer, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
