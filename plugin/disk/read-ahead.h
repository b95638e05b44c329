/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of a map's data blocks as a body, for any transport: pieces are
 * requested ahead in order, arrive in any order, and are returned in order. No
 * thread: replies are processed when the body is read. */
#pragma once

#include <gio/gio.h>

#include "util/body.h"
#include "util/map.h"

/* One piece of up to 1 MiB, read by a transport. */
typedef struct {
  guint64 offset; /* bytes, on the disk */
  guint32 length;
  guint8 *buffer; /* length bytes, to fill */

  /* Set by the transport, done last: */
  int error; /* errno, or 0 */
  gboolean done;
} VgPiece;

/* A transport's functions, called only by the thread that reads the body. */
typedef struct {
  /* Requests the piece's bytes. The piece, with done FALSE and error 0, stays
   * in place until it is done, reset or freed. Does not block. */
  gboolean (*submit) (gpointer transport, VgPiece *piece, GError **error);

  /* Marks pieces that have arrived; waits up to timeout_ms for news. next: the
   * oldest pending piece, for messages. */
  gboolean (*progress) (gpointer transport, const VgPiece *next, int timeout_ms,
                        GError **error);

  /* Sets error from a piece whose error is not 0. */
  void (*throw_piece) (gpointer transport, const VgPiece *piece,
                       GError **error);

  /* Forgets all pieces and starts again; no longer accesses them. */
  gboolean (*reset) (gpointer transport, GError **error);

  /* Forgets all pieces, and frees the transport. */
  void (*free) (gpointer transport);
} VgReadAheadOps;

/* The body, with 16 MiB of memory. transport is taken, map is borrowed and must
 * outlive it. Reading fails with the errors of the transport's functions, and
 * with G_IO_ERROR_CANCELLED. Rewinding resets the transport. */
VgBody *vg_read_ahead_new (const VgReadAheadOps *functions, gpointer transport,
                           const VgMap *map, GCancellable *cancellable)
    G_GNUC_WARN_UNUSED_RESULT;

/* Sets VG_DISK_ERROR_READ with that reason (NULL: unknown). Returns FALSE. */
gboolean vg_read_ahead_throw_read (GError **error, guint64 offset,
                                   const char *why);
