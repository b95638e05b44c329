/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A short list, sorted by id. */
#include "agent/queue.h"

#include <string.h>

typedef struct {
  VgOrder *order;
  gboolean running;
  gint64 not_before; /* monotonic µs */
} Entry;

struct _VgQueue {
  guint limit;
  guint running;
  GPtrArray *entries; /* of Entry, oldest first */
};

static void
free_entry (gpointer data)
{
  Entry *entry = data;

  vg_order_free (entry->order);
  g_free (entry);
}

VgQueue *
vg_queue_new (guint limit)
{
  VgQueue *queue = g_new0 (VgQueue, 1);

  queue->limit = MAX (limit, 1);
  queue->entries = g_ptr_array_new_with_free_func (free_entry);
  return queue;
}

void
vg_queue_free (VgQueue *queue)
{
  if (queue == NULL)
    return;
  g_ptr_array_unref (queue->entries);
  g_free (queue);
}

void
vg_queue_add (VgQueue *queue, VgOrder *order, gint64 not_before)
{
  guint place = queue->entries->len;
  Entry *entry;

  for (guint i = 0; i < queue->entries->len; i++) {
    entry = queue->entries->pdata[i];
    if (strcmp (entry->order->id, order->id) == 0) {
      vg_order_free (order);
      return;
    }
    if (strcmp (entry->order->id, order->id) > 0)
      place = MIN (place, i);
  }
  entry = g_new0 (Entry, 1);
  entry->order = order;
  entry->not_before = not_before;
  g_ptr_array_insert (queue->entries, (gint) place, entry);
}

static gboolean
is_busy (VgQueue *queue, const char *uuid)
{
  for (guint i = 0; i < queue->entries->len; i++) {
    const Entry *entry = queue->entries->pdata[i];

    if (entry->running && g_ascii_strcasecmp (entry->order->uuid, uuid) == 0)
      return TRUE;
  }
  return FALSE;
}

VgOrder *
vg_queue_begin (VgQueue *queue, gint64 now)
{
  if (queue->running >= queue->limit)
    return NULL;
  for (guint i = 0; i < queue->entries->len; i++) {
    Entry *entry = queue->entries->pdata[i];

    if (entry->running || entry->not_before > now
        || is_busy (queue, entry->order->uuid))
      continue;
    entry->running = TRUE;
    queue->running++;
    return entry->order;
  }
  return NULL;
}

void
vg_queue_end (VgQueue *queue, const VgOrder *order, gint64 again)
{
  for (guint i = 0; i < queue->entries->len; i++) {
    Entry *entry = queue->entries->pdata[i];

    if (entry->order != order)
      continue;
    entry->running = FALSE;
    entry->not_before = again;
    queue->running--;
    if (again == 0)
      g_ptr_array_remove_index (queue->entries, i);
    return;
  }
}

gint64
vg_queue_next_time (VgQueue *queue)
{
  gint64 next = 0;

  for (guint i = 0; i < queue->entries->len; i++) {
    const Entry *entry = queue->entries->pdata[i];

    if (!entry->running && entry->not_before != 0
        && (next == 0 || entry->not_before < next))
      next = entry->not_before;
  }
  return next;
}

guint
vg_queue_count_running (VgQueue *queue)
{
  return queue->running;
}

guint
vg_queue_count (VgQueue *queue)
{
  return queue->entries->len;
}
