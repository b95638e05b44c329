/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories of a job: permissions and removal. */
#include "util/directory.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/workdir.h"

static void
make_directory (const char *path, const char *label)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = vg_directory_make (path, label, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
remove_directory (const char *path)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = vg_directory_remove (path, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static struct stat
stat_path (const char *path)
{
  struct stat st;

  g_assert_cmpint (g_stat (path, &st), ==, 0);
  return st;
}

static void
test_names (void)
{
  g_autoptr (VgConfig) config = vg_config_new ();
  g_autofree char *runtime = NULL, *scratch = NULL;

  g_free (config->runtime_path);
  g_free (config->snapshots_directory);
  config->runtime_path = g_strdup ("/run/vg");
  config->snapshots_directory = g_strdup ("/var/snapshots");
  runtime = vg_directory_runtime (config, "id");
  scratch = vg_directory_scratch (config, "id");
  g_assert_cmpstr (runtime, ==, "/run/vg/id");
  g_assert_cmpstr (scratch, ==, "/var/snapshots/id");
}

/* The job's directory belongs to one user, who can reach it. */
static void
test_modes (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *parent = workdir_path (dir, "a/b");
  g_autofree char *path = workdir_path (dir, "a/b/id");
  g_autoptr (GError) error = NULL;
  mode_t mask = umask (077);

  make_directory (path, NULL);
  umask (mask);
  g_assert_cmpuint (stat_path (path).st_mode & 07777, ==, 0700);
  g_assert_cmpuint (stat_path (parent).st_mode & 0111, ==, 0111);
  g_assert_cmpuint (stat_path (parent).st_mode & 0066, ==, 0);
  /* An existing directory may belong to someone else. */
  g_assert_false (vg_directory_make (path, NULL, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST);
  remove_directory (path);
}

static void
test_owner (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "id");

  if (geteuid () != 0) {
    g_test_skip ("only root can change the owner of a directory");
    return;
  }
  make_directory (path, "+64055:+64056");
  g_assert_cmpuint (stat_path (path).st_uid, ==, 64055);
  g_assert_cmpuint (stat_path (path).st_gid, ==, 64056);
  remove_directory (path);
  /* Unknown label: the owner is unchanged. */
  make_directory (path, "libvirt-qemu:kvm");
  g_assert_cmpuint (stat_path (path).st_uid, ==, geteuid ());
  remove_directory (path);
}

static void
test_remove (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "id");
  g_autofree char *outside = workdir_file (dir, "outside", "x");
  g_autofree char *link = workdir_path (dir, "id/link");

  make_directory (path, NULL);
  for (int i = 0; i < 100; i++) {
    g_autofree char *name = g_strdup_printf ("id/%d.scratch", i);

    g_free (workdir_file (dir, name, "x"));
  }
  g_assert_cmpint (symlink (outside, link), ==, 0);
  remove_directory (path);
  g_assert_true (g_file_test (outside, G_FILE_TEST_EXISTS));
  remove_directory (path); /* a missing directory is success */
}

/* A subdirectory, which virt-glance never creates there, is not deleted. */
static void
test_remove_refused (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "id");
  g_autofree char *inner = workdir_path (dir, "id/inner");
  g_autofree char *file = NULL;
  g_autoptr (GError) error = NULL;

  make_directory (inner, NULL);
  file = workdir_file (dir, "id/inner/file", "x");
  g_assert_false (vg_directory_remove (path, &error));
  g_assert_true (error != NULL && error->domain == G_FILE_ERROR);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
}

static void
test_make_refused (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *file = workdir_file (dir, "file", "");
  g_autofree char *path = g_build_filename (file, "id", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (vg_directory_make (path, NULL, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOTDIR);
  g_assert_nonnull (strstr (error->message, path));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/directory/names", test_names);
  g_test_add_func ("/directory/modes", test_modes);
  g_test_add_func ("/directory/owner", test_owner);
  g_test_add_func ("/directory/remove", test_remove);
  g_test_add_func ("/directory/remove-refused", test_remove_refused);
  g_test_add_func ("/directory/make-refused", test_make_refused);
  return g_test_run ();
}
