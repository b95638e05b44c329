/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* inotify, by GIO: a watch for the directory itself, and for each directory in
 * it. */
#include "agent/snapshot-directories.h"

#include <gio/gio.h>

/* Collects the events of a file (written, renamed …) into one call. */
#define PAUSE_MS 200

struct _VgSnapshotDirectories {
  VgSnapshotDirectoriesChanged changed;
  gpointer data;
  GFile *root;
  GFileMonitor *monitor; /* NULL: can't be watched */
  GHashTable *inner;     /* name → GFileMonitor */
  GHashTable *names;     /* to be reported */
  guint source;          /* timer for reporting, or 0 */
};

static gboolean
on_pause_over (gpointer data)
{
  VgSnapshotDirectories *directories = data;
  g_autoptr (GHashTable) names = g_steal_pointer (&directories->names);
  GHashTableIter iter;
  gpointer name;

  directories->names =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  directories->source = 0;
  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    directories->changed (name, directories->data);
  return G_SOURCE_REMOVE;
}

static void
add_changed_name (VgSnapshotDirectories *directories, const char *name)
{
  g_hash_table_add (directories->names, g_strdup (name));
  if (directories->source == 0)
    directories->source = g_timeout_add (PAUSE_MS, on_pause_over, directories);
}

static void
on_inner_changed (GFileMonitor *monitor, GFile *file G_GNUC_UNUSED,
                  GFile *other G_GNUC_UNUSED, GFileMonitorEvent event,
                  gpointer data)
{
  if (event != G_FILE_MONITOR_EVENT_DELETED)
    add_changed_name (data, g_object_get_data (G_OBJECT (monitor), "name"));
}

static GFileMonitor *
watch_directory (VgSnapshotDirectories *directories, GFile *directory,
                 GCallback callback)
{
  g_autoptr (GError) error = NULL;
  GFileMonitor *monitor = g_file_monitor_directory (
      directory, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);

  if (monitor == NULL) {
    g_debug ("%s", error->message);
    return NULL;
  }
  g_signal_connect (monitor, "changed", callback, directories);
  return monitor;
}

static void
add_inner (VgSnapshotDirectories *directories, const char *name)
{
  g_autoptr (GFile) directory = g_file_get_child (directories->root, name);
  GFileMonitor *monitor;

  if (g_file_query_file_type (directory, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                              NULL)
      != G_FILE_TYPE_DIRECTORY)
    return;
  monitor =
      watch_directory (directories, directory, G_CALLBACK (on_inner_changed));
  if (monitor == NULL)
    return;
  g_object_set_data_full (G_OBJECT (monitor), "name", g_strdup (name), g_free);
  g_hash_table_replace (directories->inner, g_strdup (name), monitor);
}

/* Watches all directories in the root. report: they may already contain files.
 */
static void
add_all (VgSnapshotDirectories *directories, gboolean report)
{
  g_autoptr (GDir) dir =
      g_dir_open (g_file_peek_path (directories->root), 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    add_inner (directories, name);
    if (report)
      add_changed_name (directories, name);
  }
}

/* A new directory may already contain files when its watch begins. So may the
 * root if it was missing, or was deleted and created again. */
static void
on_root_changed (GFileMonitor *monitor G_GNUC_UNUSED, GFile *file, GFile *other,
                 GFileMonitorEvent event, gpointer data)
{
  VgSnapshotDirectories *directories = data;
  g_autofree char *name = g_file_get_basename (
      event == G_FILE_MONITOR_EVENT_RENAMED && other != NULL ? other : file);

  if (event == G_FILE_MONITOR_EVENT_DELETED
      || event == G_FILE_MONITOR_EVENT_MOVED_OUT) {
    g_hash_table_remove (directories->inner, name);
  } else if (event == G_FILE_MONITOR_EVENT_CREATED
             && g_file_equal (file, directories->root)) {
    add_all (directories, TRUE);
  } else if (event == G_FILE_MONITOR_EVENT_CREATED
             || event == G_FILE_MONITOR_EVENT_MOVED_IN
             || event == G_FILE_MONITOR_EVENT_RENAMED) {
    add_inner (directories, name);
    add_changed_name (directories, name);
  }
}

VgSnapshotDirectories *
vg_snapshot_directories_watch (const char *path,
                               VgSnapshotDirectoriesChanged changed,
                               gpointer data)
{
  VgSnapshotDirectories *directories = g_new0 (VgSnapshotDirectories, 1);

  directories->changed = changed;
  directories->data = data;
  directories->root = g_file_new_for_path (path);
  directories->inner =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  directories->names =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  directories->monitor = watch_directory (directories, directories->root,
                                          G_CALLBACK (on_root_changed));
  add_all (directories, FALSE);
  return directories;
}

void
vg_snapshot_directories_free (VgSnapshotDirectories *directories)
{
  if (directories == NULL)
    return;
  if (directories->source != 0)
    g_source_remove (directories->source);
  g_clear_object (&directories->monitor);
  g_hash_table_unref (directories->inner);
  g_hash_table_unref (directories->names);
  g_object_unref (directories->root);
  g_free (directories);
}
