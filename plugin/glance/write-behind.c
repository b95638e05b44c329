/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A few buffers go round between two queues: empty ones and full ones. */
#include "glance/write-behind.h"

#include <string.h>

#define SIZE ((gsize) 1 << 20) /* of a buffer, in bytes */
#define N_BUFFERS 4

typedef struct {
  gsize n;
  char bytes[SIZE];
} Buffer;

struct _VgWriteBehind {
  const VgSink *sink;
  VgHash *hash;
  GAsyncQueue *empty; /* of Buffer */
  GAsyncQueue *full;  /* of Buffer; itself: the end */
  Buffer *filling;    /* by the caller's thread; or NULL */
  GThread *thread;
  guint64 offset; /* of the next byte for the sink */
  gint failed;    /* atomic; error is set before */
  GError *error;
};

static void
hand_on (VgWriteBehind *writer, const Buffer *buffer)
{
  if (writer->hash != NULL)
    vg_hash_update (writer->hash, buffer->bytes, buffer->n);
  if (writer->sink->write (writer->sink->data, writer->offset, buffer->bytes,
                           buffer->n, &writer->error))
    writer->offset += buffer->n;
  else
    g_atomic_int_set (&writer->failed, TRUE);
}

static gpointer
run_thread (gpointer data)
{
  VgWriteBehind *writer = data;
  Buffer *buffer;

  while ((buffer = g_async_queue_pop (writer->full)) != data) {
    if (!g_atomic_int_get (&writer->failed))
      hand_on (writer, buffer);
    g_async_queue_push (writer->empty, buffer);
  }
  return NULL;
}

VgWriteBehind *
vg_write_behind_new (const VgSink *sink, VgHash *hash)
{
  VgWriteBehind *writer = g_new0 (VgWriteBehind, 1);

  writer->sink = sink;
  writer->hash = hash;
  writer->empty = g_async_queue_new_full (g_free);
  writer->full = g_async_queue_new ();
  for (guint i = 0; i < N_BUFFERS; i++)
    g_async_queue_push (writer->empty, g_new (Buffer, 1));
  writer->thread = g_thread_new ("write-behind", run_thread, writer);
  return writer;
}

void
vg_write_behind_free (VgWriteBehind *writer)
{
  if (writer == NULL)
    return;
  g_async_queue_push (writer->full, writer);
  g_thread_join (writer->thread);
  g_free (writer->filling);
  g_async_queue_unref (writer->empty);
  g_async_queue_unref (writer->full);
  g_clear_error (&writer->error);
  g_free (writer);
}

static void
push_filling (VgWriteBehind *writer)
{
  if (writer->filling != NULL)
    g_async_queue_push (writer->full, g_steal_pointer (&writer->filling));
}

gboolean
vg_write_behind_push (VgWriteBehind *writer, const char *bytes, gsize n)
{
  while (n > 0) {
    gsize part;

    if (writer->filling == NULL) {
      writer->filling = g_async_queue_pop (writer->empty);
      writer->filling->n = 0;
    }
    part = MIN (n, SIZE - writer->filling->n);
    memcpy (writer->filling->bytes + writer->filling->n, bytes, part);
    writer->filling->n += part;
    bytes += part;
    n -= part;
    if (writer->filling->n == SIZE)
      push_filling (writer);
  }
  return !g_atomic_int_get (&writer->failed);
}

gboolean
vg_write_behind_flush (VgWriteBehind *writer, GError **error)
{
  Buffer *all[N_BUFFERS];

  push_filling (writer);
  for (guint i = 0; i < N_BUFFERS; i++)
    all[i] = g_async_queue_pop (writer->empty);
  for (guint i = 0; i < N_BUFFERS; i++)
    g_async_queue_push (writer->empty, all[i]);
  if (!g_atomic_int_get (&writer->failed))
    return TRUE;
  if (error != NULL)
    *error = g_error_copy (writer->error);
  return FALSE;
}

gboolean
vg_write_behind_restart (VgWriteBehind *writer, GError **error)
{
  if (!vg_write_behind_flush (writer, error))
    return FALSE;
  writer->offset = 0;
  if (writer->hash != NULL)
    vg_hash_reset (writer->hash);
  return writer->sink->restart (writer->sink->data, error);
}
