/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Launchers without our credentials, and a replacement for
 * g_subprocess_communicate(), which corrupts memory in GLib up to 2.74 at
 * least: it frees its main context before the source that watches the
 * cancellable. GLib's own thread may free the context while the source is being
 * removed from it, and memory that belongs to others by then is written. */
#include "util/child.h"

GSubprocessLauncher *
vg_child_launcher (GSubprocessFlags flags)
{
  GSubprocessLauncher *launcher = g_subprocess_launcher_new (flags);
  g_auto (GStrv) names = g_listenv ();

  for (char **name = names; *name != NULL; name++)
    if (g_str_has_prefix (*name, "OS_"))
      g_subprocess_launcher_unsetenv (launcher, *name);
  return launcher;
}

static void
on_done (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

typedef struct {
  GCancellable *inner;
  gboolean timed_out;
} Limit;

static gboolean
on_timeout (gpointer data)
{
  Limit *limit = data;

  limit->timed_out = TRUE;
  g_cancellable_cancel (limit->inner);
  return G_SOURCE_REMOVE;
}

static void
on_cancelled (GCancellable *outer G_GNUC_UNUSED, gpointer inner)
{
  g_cancellable_cancel (inner);
}

/* Runs the thread's context until the process has exited, or the limit. */
static gboolean
communicate (GSubprocess *process, GMainContext *context, GCancellable *inner,
             char **out, char **messages, GError **error)
{
  GAsyncResult *result = NULL;
  gboolean ok;

  g_subprocess_communicate_utf8_async (process, NULL, inner, on_done, &result);
  while (result == NULL)
    g_main_context_iteration (context, TRUE);
  ok = g_subprocess_communicate_utf8_finish (process, result, out, messages,
                                             error);
  /* Keeps the source alive. Drop it before the context. */
  g_object_unref (result);
  return ok;
}

gboolean
vg_child_communicate_within (GSubprocess *process, guint ms,
                             GCancellable *cancellable, char **out,
                             char **messages, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GCancellable) inner = g_cancellable_new ();
  g_autoptr (GSource) timer = ms > 0 ? g_timeout_source_new (ms) : NULL;
  g_autoptr (GError) why = NULL;
  Limit limit = { .inner = inner };
  gulong connected = 0;
  gboolean ok;

  g_main_context_push_thread_default (context);
  if (timer != NULL) {
    g_source_set_callback (timer, on_timeout, &limit, NULL);
    g_source_attach (timer, context);
  }
  if (cancellable != NULL)
    connected = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled),
                                       inner, NULL);
  ok = communicate (process, context, inner, out, messages, &why);
  g_cancellable_disconnect (cancellable, connected);
  if (timer != NULL)
    g_source_destroy (timer);
  g_main_context_pop_thread_default (context);
  if (ok)
    return TRUE;
  g_subprocess_force_exit (process);
  if (limit.timed_out && !g_cancellable_is_cancelled (cancellable))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                 "no answer within %u s", (ms + 999) / 1000);
  else
    g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

gboolean
vg_child_communicate (GSubprocess *process, GCancellable *cancellable,
                      char **out, char **messages, GError **error)
{
  return vg_child_communicate_within (process, 0, cancellable, out, messages,
                                      error);
}
