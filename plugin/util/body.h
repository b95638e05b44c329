/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes to be pulled in order, with a length known before the first.
 *
 * This is how an image travels: a disk gives the body of its data blocks,
 * the image room wraps it into the body of a raw or qcow2 file, and the
 * Glance client pulls that one into a request. Whoever implements a body
 * puts this struct first into its own.
 */
#pragma once

#include <glib.h>

typedef struct _VgBody VgBody;

struct _VgBody {
  /* Bytes from the first to the end; never changes. */
  guint64 length;

  /* Copies up to n (> 0) bytes that come next into buf. Returns how many, at
   * least 1; 0 only at the end; -1 with error set. After an error only
   * rewind and free may be called. May block. */
  gssize (*read) (VgBody *self, void *buf, gsize n, GError **error);

  /* Goes back to the first byte, to pull the very same bytes again. */
  gboolean (*rewind) (VgBody *self, GError **error);

  void (*free) (VgBody *self);
};

static inline gssize
vg_body_read (VgBody *body, void *buf, gsize n, GError **error)
{
  return body->read (body, buf, n, error);
}

static inline gboolean
vg_body_rewind (VgBody *body, GError **error)
{
  return body->rewind (body, error);
}

static inline void
vg_body_free (VgBody *body)
{
  if (body != NULL)
    body->free (body);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgBody, vg_body_free)
