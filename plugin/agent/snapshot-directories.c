/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* inotify, by GIO: one watch for the folder itself, and one for each in it. */
#include "agent/snapshot-directories.h"

#include <gio/gio.h>

/* A file is written, renamed and so on; it is told once. */
#define PAUSE_MS 200

struct _VgFolders {
  VgSnapshotDirectoriesChanged changed;
  gpointer data;
  GFile *root;
  GFileMonitor *monitor; /* NULL: it can't be watched */
  GHashTable *inner;     /* name → GFileMonitor */
  GHashTable *names;     /* that are to be told of */
  guint source;          /* that will, or 0 */
};

static gboolean
on_pause_over (gpointer data)
{
  VgSnapshotDirectories *folders = data;
  g_autoptr (GHashTable) names = g_steal_pointer (&folders->names);
  GHashTableIter iter;
  gpointer name;

  folders->names =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  folders->source = 0;
  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    folders->changed (name, folders->data);
  return G_SOURCE_REMOVE;
}

static void
note (VgSnapshotDirectories *folders, const char *name)
{
  g_hash_table_add (folders->names, g_strdup (name));
  if (folders->source == 0)
    folders->source = g_timeout_add (PAUSE_MS, on_pause_over, folders);
}

static void
on_inner_changed (GFileMonitor *monitor, GFile *file G_GNUC_UNUSED,
                  GFile *other G_GNUC_UNUSED, GFileMonitorEvent event,
                  gpointer data)
{
  if (event != G_FILE_MONITOR_EVENT_DELETED)
    note (data, g_object_get_data (G_OBJECT (monitor), "name"));
}

static GFileMonitor *
watch (VgSnapshotDirectories *folders, GFile *folder, GCallback callback)
{
  g_autoptr (GError) error = NULL;
  GFileMonitor *monitor = g_file_monitor_directory (
      folder, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);

  if (monitor == NULL) {
    g_debug ("%s", error->message);
    return NULL;
  }
  g_signal_connect (monitor, "changed", callback, folders);
  return monitor;
}

static void
add_inner (VgSnapshotDirectories *folders, const char *name)
{
  g_autoptr (GFile) folder = g_file_get_child (folders->root, name);
  GFileMonitor *monitor;

  if (g_file_query_file_type (folder, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL)
      != G_FILE_TYPE_DIRECTORY)
    return;
  monitor = watch (folders, folder, G_CALLBACK (on_inner_changed));
  if (monitor == NULL)
    return;
  g_object_set_data_full (G_OBJECT (monitor), "name", g_strdup (name), g_free);
  g_hash_table_replace (folders->inner, g_strdup (name), monitor);
}

/* All that are there. tell: they may have something in them already. */
static void
add_all (VgSnapshotDirectories *folders, gboolean tell)
{
  g_autoptr (GDir) dir = g_dir_open (g_file_peek_path (folders->root), 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    add_inner (folders, name);
    if (tell)
      note (folders, name);
  }
}

/* A folder may have something in it before it is watched. So may the root,
 * which was missing, or deleted and made again. */
static void
on_root_changed (GFileMonitor *monitor G_GNUC_UNUSED, GFile *file, GFile *other,
                 GFileMonitorEvent event, gpointer data)
{
  VgSnapshotDirectories *folders = data;
  g_autofree char *name = g_file_get_basename (
      event == G_FILE_MONITOR_EVENT_RENAMED && other != NULL ? other : file);

  if (event == G_FILE_MONITOR_EVENT_DELETED
      || event == G_FILE_MONITOR_EVENT_MOVED_OUT) {
    g_hash_table_remove (folders->inner, name);
  } else if (event == G_FILE_MONITOR_EVENT_CREATED
             && g_file_equal (file, folders->root)) {
    add_all (folders, TRUE);
  } else if (event == G_FILE_MONITOR_EVENT_CREATED
             || event == G_FILE_MONITOR_EVENT_MOVED_IN
             || event == G_FILE_MONITOR_EVENT_RENAMED) {
    add_inner (folders, name);
    note (folders, name);
  }
}

VgSnapshotDirectories *
vg_snapshot_directories_watch (const char *path,
                               VgSnapshotDirectoriesChanged changed,
                               gpointer data)
{
  VgSnapshotDirectories *folders = g_new0 (VgSnapshotDirectories, 1);

  folders->changed = changed;
  folders->data = data;
  folders->root = g_file_new_for_path (path);
  folders->inner =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  folders->names =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  folders->monitor =
      watch (folders, folders->root, G_CALLBACK (on_root_changed));
  add_all (folders, FALSE);
  return folders;
}

void
vg_snapshot_directories_free (VgSnapshotDirectories *folders)
{
  if (folders == NULL)
    return;
  if (folders->source != 0)
    g_source_remove (folders->source);
  g_clear_object (&folders->monitor);
  g_hash_table_unref (folders->inner);
  g_hash_table_unref (folders->names);
  g_object_unref (folders->root);
  g_free (folders);
}
