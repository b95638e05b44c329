/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stream of bytes to be pulled, whose length is known in advance.
 *
 * Images are passed on as bodies: a disk provides a body of its data blocks,
 * the image room wraps it into the body of a raw or qcow2 file, and the Glance
 * client pulls that body into a request. An implementation has this struct as
 * its first member.
 */
#pragma once

#include <glib.h>

typedef struct _VgBody VgBody;

struct _VgBody {
  /* Total length in bytes; constant. */
  guint64 length;

  /* Copies up to n (> 0) of the next bytes into buf. Returns their number, at
   * least 1; 0 only at the end; -1 with error set. After an error only rewind
   * and free may be called. May block. */
  gssize (*read) (VgBody *self, void *buf, gsize n, GError **error);

  /* Goes back to the first byte. The same bytes follow again. */
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
