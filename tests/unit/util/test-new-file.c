/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that get their name when they are whole, and holes in them. */
#include "util/new-file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/workdir.h"

static guint
count_files (const char *dir)
{
  g_autoptr (GDir) list = g_dir_open (dir, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (list) != NULL)
    n++;
  return n;
}

static VgNewFile *
open_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  VgNewFile *file = vg_new_file_open (path, &error);

  g_assert_no_error (error);
  return file;
}

static void
assert_refused (gboolean ok, GError **error, gint code, const char *pattern)
{
  g_assert_false (ok);
  g_assert_error (*error, G_FILE_ERROR, code);
  g_test_message ("%s", (*error)->message);
  g_assert_true (g_pattern_match_simple (pattern, (*error)->message));
  g_clear_error (error);
}

static void
test_finish (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "disk");
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgNewFile) file = open_file (path);
  struct stat there;

  g_assert_true (vg_new_file_write (file, 0, "new", 3, &error));
  g_assert_cmpuint (count_files (dir), ==, 0);
  g_assert_true (vg_new_file_finish (file, FALSE, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_files (dir), ==, 1);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "new");
  g_assert_cmpint (stat (path, &there), ==, 0);
  g_assert_cmpint (there.st_mode & 0777, ==, 0600);
}

static void
test_overwrite (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "disk");
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgNewFile) file = open_file (path);

  g_free (workdir_file (dir, "disk", "old"));
  g_assert_true (vg_new_file_write (file, 0, "new", 3, &error));
  assert_refused (vg_new_file_finish (file, FALSE, &error), &error,
                  G_FILE_ERROR_EXIST, "*/disk exists already; *");
  g_assert_true (vg_new_file_finish (file, TRUE, &error));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "new");
  g_assert_cmpuint (count_files (dir), ==, 1);
}

/* Others can open it by a name, which goes with it, or becomes the final one.
 */
static void
test_hidden (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "disk");
  g_autoptr (GError) error = NULL;
  VgNewFile *file = open_file (path);

  g_assert_true (
      g_file_test (vg_new_file_show (file, &error), G_FILE_TEST_EXISTS));
  vg_new_file_hide (file);
  g_assert_cmpuint (count_files (dir), ==, 0);
  vg_new_file_free (file);
  file = open_file (path);
  g_assert_nonnull (vg_new_file_show (file, &error));
  g_assert_cmpuint (count_files (dir), ==, 1);
  vg_new_file_free (file);
  g_assert_cmpuint (count_files (dir), ==, 0);
  for (gboolean overwrite = FALSE; overwrite <= TRUE; overwrite++) {
    file = open_file (path);
    g_assert_nonnull (vg_new_file_show (file, &error));
    g_assert_true (vg_new_file_finish (file, overwrite, &error));
    vg_new_file_free (file);
    g_assert_cmpuint (count_files (dir), ==, 1);
    g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  }
  file = open_file (path);
  g_assert_nonnull (vg_new_file_show (file, &error));
  assert_refused (vg_new_file_finish (file, FALSE, &error), &error,
                  G_FILE_ERROR_EXIST, "*exists already*");
  vg_new_file_free (file);
  g_assert_cmpuint (count_files (dir), ==, 1);
}

/* Holes only where whole blocks of the file are zero. */
static void
test_holes (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "disk");
  g_autofree char *bytes = g_malloc0 (1 << 20);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgNewFile) file = open_file (path);
  struct stat there;
  gsize n;

  memset (bytes + 5000, 'x', 10);
  memset (bytes + (512 << 10), 'y', 4096);
  /* In pieces that don't begin or end with blocks. */
  for (gsize at = 0, piece; at < 1 << 20; at += piece) {
    piece = MIN (7777, ((gsize) 1 << 20) - at);
    g_assert_true (vg_new_file_write (file, at, bytes + at, piece, &error));
  }
  g_assert_true (vg_new_file_set_length (file, 1 << 20, &error));
  g_assert_true (vg_new_file_finish (file, FALSE, &error));
  g_assert_true (g_file_get_contents (path, &text, &n, NULL));
  g_assert_cmpmem (text, n, bytes, 1 << 20);
  g_assert_cmpint (stat (path, &there), ==, 0);
  g_assert_cmpuint ((guint64) there.st_blocks * 512, <=, 700 << 10);

  g_clear_pointer (&file, vg_new_file_free);
  g_assert_cmpint (g_unlink (path), ==, 0);
  file = open_file (path);
  g_assert_true (vg_new_file_write (file, 0, bytes, 1 << 20, &error));
  g_assert_true (vg_new_file_set_length (file, 0, &error));
  g_assert_true (vg_new_file_write (file, 0, bytes, 1 << 20, &error));
  g_assert_true (vg_new_file_set_length (file, 1 << 20, &error));
  g_assert_cmpint (fstat (vg_new_file_get_fd (file), &there), ==, 0);
  g_assert_cmpuint ((guint64) there.st_blocks * 512, <=, 16 << 10);
}

static void
test_check (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *missing = workdir_path (dir, "no/disk");
  g_autofree char *file = workdir_file (dir, "file", "");
  g_autofree char *link = workdir_path (dir, "link");
  g_autofree char *slash = g_strconcat (dir, "/", NULL);
  g_autofree char *free_one = workdir_path (dir, "free");
  g_autoptr (GError) error = NULL;
  guint64 space = 0;

  g_assert_cmpint (symlink (file, link), ==, 0);
  assert_refused (vg_new_file_check (missing, TRUE, &error), &error,
                  G_FILE_ERROR_NOENT, "*/no does not exist; make it*");
  assert_refused (vg_new_file_check (file, FALSE, &error), &error,
                  G_FILE_ERROR_EXIST, "*exists already; *--overwrite");
  assert_refused (vg_new_file_check (dir, TRUE, &error), &error,
                  G_FILE_ERROR_EXIST, "*is a directory, *");
  assert_refused (vg_new_file_check (link, TRUE, &error), &error,
                  G_FILE_ERROR_EXIST, "*is a symbolic link, *");
  assert_refused (vg_new_file_check (slash, TRUE, &error), &error,
                  G_FILE_ERROR_ISDIR, "*is no name of a file*");
  g_assert_true (vg_new_file_check (file, TRUE, &error));
  g_assert_true (vg_new_file_check (free_one, FALSE, &error));
  g_assert_null (vg_new_file_open (missing, &error));
  g_clear_error (&error);
  g_assert_true (vg_new_file_get_space (free_one, &space, &error));
  g_assert_cmpuint (space, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/new-file/finish", test_finish);
  g_test_add_func ("/new-file/overwrite", test_overwrite);
  g_test_add_func ("/new-file/hidden", test_hidden);
  g_test_add_func ("/new-file/holes", test_holes);
  g_test_add_func ("/new-file/check", test_check);
  return g_test_run ();
}
