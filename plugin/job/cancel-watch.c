/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Detects requests to cancel a job. */
#include "journal/cancel.h"
#include "util/directory.h"

struct _VgCancelWatch {
  char *state_path;
  char *job_id;
  GFileMonitor *monitor; /* NULL if watching failed */
};

static void
on_changed (GCancellable *cancellable, GFile *file, GFile *other G_GNUC_UNUSED,
            GFileMonitorEvent event G_GNUC_UNUSED,
            GFileMonitor *monitor G_GNUC_UNUSED)
{
  g_autofree char *job_id = g_file_get_basename (file);

  if (!g_file_query_exists (file, NULL))
    return;
  g_cancellable_cancel (cancellable);
  g_debug ("job %s: cancelled", job_id);
}

static GFileMonitor *
watch_file (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  if (!vg_directory_ensure (folder, 0700, NULL, error))
    return NULL;
  return g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, error);
}

VgCancelWatch *
vg_cancel_watch_new (const char *state_path, const char *job_id,
                     GCancellable *cancellable)
{
  VgCancelWatch *watch = g_new0 (VgCancelWatch, 1);
  g_autofree char *path = vg_cancel_get_path (state_path, job_id);
  g_autoptr (GError) error = NULL;

  watch->state_path = g_strdup (state_path);
  watch->job_id = g_strdup (job_id);
  watch->monitor = watch_file (path, &error);
  if (watch->monitor == NULL)
    g_warning ("job %s can't be cancelled from outside: %s", job_id,
               error->message);
  else
    /* The object is the cancellable; the closure keeps it alive. */
    g_signal_connect_object (watch->monitor, "changed", G_CALLBACK (on_changed),
                             cancellable, G_CONNECT_SWAPPED);
  return watch;
}

void
vg_cancel_watch_free (VgCancelWatch *watch)
{
  if (watch == NULL)
    return;
  if (watch->monitor != NULL)
    g_file_monitor_cancel (watch->monitor);
  g_clear_object (&watch->monitor);
  vg_cancel_forget (watch->state_path, watch->job_id);
  g_free (watch->state_path);
  g_free (watch->job_id);
  g_free (watch);
}
