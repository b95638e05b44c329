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

gboolean
vg_child_communicate (GSubprocess *process, GCancellable *cancellable,
                      char **out, char **messages, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  GAsyncResult *result = NULL;
  gboolean ok;

  g_main_context_push_thread_default (context);
  g_subprocess_communicate_utf8_async (process, NULL, cancellable, on_done,
                                       &result);
  while (result == NULL)
    g_main_context_iteration (context, TRUE);
  ok = g_subprocess_communicate_utf8_finish (process, result, out, messages,
                                             error);
  /* Keeps the source alive. Drop it before the context. */
  g_object_unref (result);
  g_main_context_pop_thread_default (context);
  if (!ok)
    g_subprocess_force_exit (process);
  return ok;
}
