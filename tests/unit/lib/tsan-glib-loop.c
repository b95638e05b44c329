/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tsan-glib.c does, for functions that hand data to another thread:
 * queues, pools, main loops, cancellables. */
#include <gio/gio.h>

#include "lib/tsan-glib.h"

/* The linker is told to look for it, and so finds this file. */
extern const char tsan_glib_loop[];
const char tsan_glib_loop[] = "";

/* Queues and pools. */

void
g_async_queue_push (GAsyncQueue *queue, gpointer data)
{
  REAL (g_async_queue_push)
  __tsan_release (queue);
  real (queue, data);
}

gpointer
g_async_queue_pop (GAsyncQueue *queue)
{
  gpointer data;
  REAL (g_async_queue_pop)

  data = real (queue);
  __tsan_acquire (queue);
  return data;
}

gpointer
g_async_queue_try_pop (GAsyncQueue *queue)
{
  gpointer data;
  REAL (g_async_queue_try_pop)

  data = real (queue);
  if (data != NULL)
    __tsan_acquire (queue);
  return data;
}

void
g_async_queue_unref (GAsyncQueue *queue)
{
  REAL (g_async_queue_unref)
  __tsan_release (queue);
  __tsan_acquire (queue);
  real (queue);
}

typedef struct {
  GFunc function;
  gpointer data;
  char done; /* its address is released when work is done */
} Pool;

static void
run_pool_function (gpointer item, gpointer data)
{
  Pool *pool = data;

  __tsan_acquire (pool);
  pool->function (item, pool->data);
  __tsan_release (&pool->done);
}

GThreadPool *
g_thread_pool_new (GFunc function, gpointer data, gint max_threads,
                   gboolean exclusive, GError **error)
{
  Pool *pool = g_new0 (Pool, 1);
  REAL (g_thread_pool_new)

  pool->function = function;
  pool->data = data;
  __tsan_release (pool);
  return real (run_pool_function, pool, max_threads, exclusive, error);
}

gboolean
g_thread_pool_push (GThreadPool *pool, gpointer item, GError **error)
{
  REAL (g_thread_pool_push)
  __tsan_release (pool->user_data);
  return real (pool, item, error);
}

/* (The Pool stays: threads may still be in it.) */
void
g_thread_pool_free (GThreadPool *pool, gboolean immediate, gboolean wait)
{
  Pool *own = pool->user_data;
  REAL (g_thread_pool_free)

  real (pool, immediate, wait);
  if (wait)
    __tsan_acquire (&own->done);
}

/* Sources of a main loop: setting a callback comes before each of its calls,
 * and these before its data's end. */

typedef struct {
  gint refs; /* atomic */
  GSourceFunc function;
  gpointer data;
  GDestroyNotify notify;
} Callback;

static void
ref_callback (gpointer data)
{
  __atomic_add_fetch (&((Callback *) data)->refs, 1, __ATOMIC_ACQ_REL);
}

static void
unref_callback (gpointer data)
{
  Callback *callback = data;

  __tsan_release (callback);
  if (__atomic_sub_fetch (&callback->refs, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  __tsan_acquire (callback);
  if (callback->notify != NULL)
    callback->notify (callback->data);
  g_free (callback);
}

static void
get_callback (gpointer data, GSource *source G_GNUC_UNUSED,
              GSourceFunc *function, gpointer *user_data)
{
  Callback *callback = data;

  __tsan_acquire (callback);
  *function = callback->function;
  *user_data = callback->data;
}

void
g_source_set_callback (GSource *source, GSourceFunc function, gpointer data,
                       GDestroyNotify notify)
{
  static GSourceCallbackFuncs functions = { ref_callback, unref_callback,
                                            get_callback };
  Callback *callback = g_new0 (Callback, 1);

  callback->refs = 1;
  callback->function = function;
  callback->data = data;
  callback->notify = notify;
  __tsan_release (callback);
  g_source_set_callback_indirect (source, callback, &functions);
}

static guint
add (GSource *source, gint priority, GSourceFunc function, gpointer data,
     GDestroyNotify notify)
{
  guint id;

  g_source_set_priority (source, priority);
  g_source_set_callback (source, function, data, notify);
  id = g_source_attach (source, NULL);
  g_source_unref (source);
  return id;
}

guint
g_idle_add_full (gint priority, GSourceFunc function, gpointer data,
                 GDestroyNotify notify)
{
  return add (g_idle_source_new (), priority, function, data, notify);
}

guint (g_idle_add) (GSourceFunc function, gpointer data)
{
  return g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, function, data, NULL);
}

guint
g_timeout_add_full (gint priority, guint ms, GSourceFunc function,
                    gpointer data, GDestroyNotify notify)
{
  return add (g_timeout_source_new (ms), priority, function, data, notify);
}

guint (g_timeout_add) (guint ms, GSourceFunc function, gpointer data)
{
  return g_timeout_add_full (G_PRIORITY_DEFAULT, ms, function, data, NULL);
}

guint
g_timeout_add_seconds_full (gint priority, guint s, GSourceFunc function,
                            gpointer data, GDestroyNotify notify)
{
  return add (g_timeout_source_new_seconds (s), priority, function, data,
              notify);
}

guint (g_timeout_add_seconds) (guint s, GSourceFunc function, gpointer data)
{
  return g_timeout_add_seconds_full (G_PRIORITY_DEFAULT, s, function, data,
                                     NULL);
}

guint
g_io_add_watch_full (GIOChannel *channel, gint priority, GIOCondition condition,
                     GIOFunc function, gpointer data, GDestroyNotify notify)
{
  return add (g_io_create_watch (channel, condition), priority,
              G_SOURCE_FUNC (function), data, notify);
}

guint (g_io_add_watch) (GIOChannel *channel, GIOCondition condition,
                        GIOFunc function, gpointer data)
{
  return g_io_add_watch_full (channel, G_PRIORITY_DEFAULT, condition, function,
                              data, NULL);
}

void
g_main_loop_quit (GMainLoop *loop)
{
  REAL (g_main_loop_quit)
  __tsan_release (loop);
  real (loop);
}

void
g_main_loop_run (GMainLoop *loop)
{
  REAL (g_main_loop_run)
  real (loop);
  __tsan_acquire (loop);
}

/* Cancelling comes before who sees it. */

void
g_cancellable_cancel (GCancellable *cancellable)
{
  REAL (g_cancellable_cancel)
  if (cancellable != NULL)
    __tsan_release (cancellable);
  real (cancellable);
}

gboolean
g_cancellable_is_cancelled (GCancellable *cancellable)
{
  gboolean cancelled;
  REAL (g_cancellable_is_cancelled)

  cancelled = real (cancellable);
  if (cancelled)
    __tsan_acquire (cancellable);
  return cancelled;
}

gboolean
g_cancellable_set_error_if_cancelled (GCancellable *cancellable, GError **error)
{
  gboolean cancelled;
  REAL (g_cancellable_set_error_if_cancelled)

  cancelled = real (cancellable, error);
  if (cancelled)
    __tsan_acquire (cancellable);
  return cancelled;
}

/* Disconnecting waits for the callback. */
void
g_cancellable_disconnect (GCancellable *cancellable, gulong id)
{
  REAL (g_cancellable_disconnect)
  real (cancellable, id);
  if (cancellable != NULL && id != 0)
    __tsan_acquire (cancellable);
}
