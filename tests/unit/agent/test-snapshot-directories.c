/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watching the directories in which libvirt notes its snapshots. Directories
 * come, go and are renamed while they are watched. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "agent/snapshot-directories.h"
#include "lib/await.h"
#include "lib/workdir.h"

typedef struct {
  char *dir;
  char *root;
  GHashTable *told; /* name → how often */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->dir = workdir_new ();
  f->root = workdir_path (f->dir, "snapshot");
  g_assert_cmpint (g_mkdir (f->root, 0700), ==, 0);
  f->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_hash_table_unref (f->told);
  g_free (f->root);
  workdir_remove (f->dir);
}

static void
on_changed (const char *name, gpointer data)
{
  Fixture *f = data;
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (f->told, name));

  g_hash_table_replace (f->told, g_strdup (name), GUINT_TO_POINTER (n + 1));
}

static guint
get_count (Fixture *f, const char *name)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (f->told, name));
}

static void
make (Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (f->root, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
}

static void
put (Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (f->root, name, NULL);

  g_assert_true (g_file_set_contents (path, "x", -1, NULL));
}

/* Waits until that directory was told of, and forgets it. */
static void
await_told (Fixture *f, const char *name)
{
  Await await = await_new (name);

  while (get_count (f, name) == 0) {
    while (g_main_context_iteration (NULL, FALSE))
      ;
    await_pause (&await, NULL);
  }
  g_hash_table_remove (f->told, name);
}

/* One that was there before, and one that came later, maybe with something in
 * it already. */
static void
test_directories (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgSnapshotDirectories) watch = NULL;

  make (f, "early");
  watch = vg_snapshot_directories_watch (f->root, on_changed, f);
  put (f, "early/a.xml");
  await_told (f, "early");
  make (f, "late");
  await_told (f, "late");
  put (f, "late/a.xml");
  await_told (f, "late");
  put (f, "early/b.xml");
  await_told (f, "early");
  g_assert_cmpuint (g_hash_table_size (f->told), ==, 0);
}

static void
rename_to (Fixture *f, const char *from, const char *to)
{
  g_autofree char *old = g_build_filename (f->root, from, NULL);
  g_autofree char *new = g_build_filename (f->root, to, NULL);

  g_assert_cmpint (g_rename (old, new), ==, 0);
}

/* A domain is renamed, and another one gets its name; it may come from without,
 * and go there. */
static void
test_renamed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgSnapshotDirectories) watch = NULL;

  make (f, "../outside");
  make (f, "one");
  watch = vg_snapshot_directories_watch (f->root, on_changed, f);
  rename_to (f, "one", "two");
  await_told (f, "two");
  put (f, "two/a.xml");
  await_told (f, "two");
  make (f, "one");
  await_told (f, "one");
  rename_to (f, "../outside", "in");
  await_told (f, "in");
  put (f, "in/a.xml");
  await_told (f, "in");
  rename_to (f, "in", "../outside");
  put (f, "../outside/b.xml");
  put (f, "one/a.xml");
  await_told (f, "one");
  make (f, "in");
  await_told (f, "in");
  put (f, "in/a.xml");
  await_told (f, "in");
}

/* A deleted directory is not reported; once it is created again, it is watched.
 */
static void
test_deleted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgSnapshotDirectories) watch = NULL;
  g_autofree char *file = g_build_filename (f->root, "one/a.xml", NULL);
  g_autofree char *one = g_build_filename (f->root, "one", NULL);

  make (f, "one");
  make (f, "two");
  put (f, "one/a.xml");
  watch = vg_snapshot_directories_watch (f->root, on_changed, f);
  g_assert_cmpint (g_unlink (file), ==, 0);
  g_assert_cmpint (g_rmdir (one), ==, 0);
  put (f, "two/a.xml");
  await_told (f, "two");
  g_assert_cmpuint (get_count (f, "one"), ==, 0);
  make (f, "one");
  await_told (f, "one");
  put (f, "one/a.xml");
  await_told (f, "one");
}

/* A file is no domain's directory, and a link's target none of libvirt's. */
static void
test_others (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgSnapshotDirectories) watch = NULL;
  g_autofree char *link = g_build_filename (f->root, "link", NULL);
  g_autofree char *outside = workdir_path (f->dir, "outside");

  make (f, "../outside");
  make (f, "one");
  put (f, "file");
  g_assert_cmpint (symlink (outside, link), ==, 0);
  watch = vg_snapshot_directories_watch (f->root, on_changed, f);
  put (f, "../outside/a.xml");
  put (f, "one/a.xml");
  await_told (f, "one");
  g_assert_cmpuint (g_hash_table_size (f->told), ==, 0);
}

/* The directory comes later, with something in it, and again. (GLib looks for
 * it every four seconds.) */
static void
test_missing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgSnapshotDirectories) watch = NULL;

  g_assert_cmpint (g_rmdir (f->root), ==, 0);
  watch = vg_snapshot_directories_watch (f->root, on_changed, f);
  make (f, "one");
  await_told (f, "one");
  put (f, "one/a.xml");
  await_told (f, "one");
}

/* Ended before it could tell. */
static void
test_ended (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  VgSnapshotDirectories *watch;
  Await await = await_new ("the event of a new directory");

  vg_snapshot_directories_free (NULL);
  watch = vg_snapshot_directories_watch (f->root, on_changed, f);
  make (f, "one");
  while (!g_main_context_iteration (NULL, FALSE))
    await_pause (&await, NULL);
  vg_snapshot_directories_free (watch);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (g_hash_table_size (f->told), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                    \
  g_test_add ("/snapshot-directories/" name, Fixture, NULL, set_up, function,  \
              tear_down)
  ADD ("directories", test_directories);
  ADD ("renamed", test_renamed);
  ADD ("deleted", test_deleted);
  ADD ("others", test_others);
  ADD ("missing", test_missing);
  ADD ("ended", test_ended);
  return g_test_run ();
}
