/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file monitor, and what was seen last. */
#include "agent/drain-watch.h"

#include <gio/gio.h>

#include "agent/log.h"
#include "job/drain.h"

struct _VgDrainWatch {
  const VgConfig *config;
  GFileMonitor *monitor; /* NULL if the file can't be watched */
  void (*changed) (gpointer data);
  gpointer data;
  gboolean on;
};

static void
on_changed (VgDrainWatch *watch)
{
  watch->changed (watch->data);
}

VgDrainWatch *
vg_drain_watch_new (const VgConfig *config, void (*changed) (gpointer data),
                    gpointer data)
{
  VgDrainWatch *watch = g_new0 (VgDrainWatch, 1);
  g_autoptr (GFile) file = NULL;
  g_autoptr (GError) error = NULL;

  watch->config = config;
  watch->changed = changed;
  watch->data = data;
  if (config->drain_file == NULL)
    return watch;
  file = g_file_new_for_path (config->drain_file);
  watch->monitor =
      g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, &error);
  if (watch->monitor == NULL)
    g_warning ("%s can't be watched: %s; it is looked for once a minute",
               config->drain_file, error->message);
  else
    g_signal_connect_swapped (watch->monitor, "changed",
                              G_CALLBACK (on_changed), watch);
  return watch;
}

void
vg_drain_watch_free (VgDrainWatch *watch)
{
  if (watch == NULL)
    return;
  if (watch->monitor != NULL)
    g_file_monitor_cancel (watch->monitor);
  g_clear_object (&watch->monitor);
  g_free (watch);
}

gboolean
vg_drain_watch_is_on (VgDrainWatch *watch)
{
  const VgLogFields about = { 0 };
  gboolean on = vg_drain_is_on (watch->config);

  if (on && !watch->on)
    vg_agent_log (&about, G_LOG_LEVEL_MESSAGE,
                  "this host is being drained (%s exists): orders wait",
                  watch->config->drain_file);
  else if (!on && watch->on)
    vg_agent_log (&about, G_LOG_LEVEL_MESSAGE,
                  "this host is no longer being drained");
  watch->on = on;
  return on;
}
