/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of a map's data blocks as a body, whoever reads them: pieces are
 * asked for ahead and in order, arrive in any order, and are given out in
 * order. No thread: what has arrived is taken in whenever somebody pulls.
 */
#pragma once

#include <gio/gio.h>

#include "util/body.h"
#include "util/map.h"

/* One piece of up to 1 MiB, that a transport reads. */
typedef struct {
  guint64 offset; /* bytes, on the disk */
  guint32 length;
  guint8 *buffer; /* length bytes, to be filled */

  /* For the transport to set, the second one last: */
  int error; /* errno, or 0 */
  gboolean done;
} VgPiece;

/* What a transport can do. It is called by the thread that pulls, only. */
typedef struct {
  /* Asks for the piece's bytes. It stays where it is until it is done, reset or
   * freed, and then is done FALSE, error 0. Does not block. */
  gboolean (*submit) (gpointer transport, VgPiece *piece, GError **error);

  /* Marks pieces that have arrived; waits up to timeout_ms until there is
   * something to be told. next: the oldest one that is under way, for messages.
   */
  gboolean (*progress) (gpointer transport, const VgPiece *next, int timeout_ms,
                        GError **error);

  /* Says why a piece's error is not 0. */
  void (*throw_piece) (gpointer transport, const VgPiece *piece,
                       GError **error);

  /* Forgets all pieces and begins anew; then none of them is touched. */
  gboolean (*reset) (gpointer transport, GError **error);

  /* The same, and the transport is gone. */
  void (*free) (gpointer transport);
} VgReadAheadOps;

/* The body, with 16 MiB of memory. transport is taken, map is borrowed and must
 * outlive it. Reading fails with what the transport's functions set, and with
 * G_IO_ERROR_CANCELLED. Rewinding resets the transport. */
VgBody *vg_read_ahead_new (const VgReadAheadOps *functions, gpointer transport,
                           const VgMap *map, GCancellable *cancellable)
    G_GNUC_WARN_UNUSED_RESULT;

/* Sets VG_DISK_ERROR_READ with that reason (NULL: unknown). Returns FALSE. */
gboolean vg_read_ahead_throw_read (GError **error, guint64 offset,
                                   const char *why);
