/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories of a job: permissions, trust and removal. */
#include "util/directory.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
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

static char *
refuse_to_remove (const char *path, GFileError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (vg_directory_remove (path, &error));
  g_assert_error (error, G_FILE_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, path));
  return g_strdup (error->message);
}

static void
make_link (const char *target, const char *path)
{
  g_assert_cmpint (symlink (target, path), ==, 0);
}

/* The hypervisor's user owns its directory, and puts into it what it likes. */
static void
test_remove_nested (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "id");
  g_autofree char *inner = workdir_path (dir, "id/inner/another");
  g_autofree char *empty = workdir_path (dir, "id/empty");

  make_directory (inner, NULL);
  make_directory (empty, NULL);
  g_free (workdir_file (dir, "id/inner/file", "x"));
  g_free (workdir_file (dir, "id/inner/another/file", "x"));
  remove_directory (path);
}

/* No link in the directory is followed, and none in its place. */
static void
test_remove_links (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "id");
  g_autofree char *outside = workdir_path (dir, "outside");
  g_autofree char *link = workdir_path (dir, "id/vda.scratch");
  g_autofree char *other = workdir_path (dir, "id/inner/link");
  g_autofree char *file = NULL, *inner = workdir_path (dir, "id/inner");

  make_directory (outside, NULL);
  file = workdir_file (dir, "outside/file", "x");
  make_directory (inner, NULL);
  make_link (outside, link);
  make_link (outside, other);
  remove_directory (path);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  make_link (outside, path);
  remove_directory (path);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  g_free (workdir_file (dir, "id", "x"));
  remove_directory (path);
}

/* A link in place of the directory above, which others may change. */
static void
test_remove_below_link (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *real = workdir_path (dir, "real/id");
  g_autofree char *open = workdir_path (dir, "open");
  g_autofree char *link = workdir_path (dir, "open/snapshots");
  g_autofree char *path = workdir_path (dir, "open/snapshots/id");
  g_autofree char *target = workdir_path (dir, "real");
  g_autofree char *file = NULL, *why = NULL;
  g_autoptr (GError) error = NULL;

  make_directory (real, NULL);
  make_directory (open, NULL);
  file = workdir_file (dir, "real/id/file", "x");
  make_link (target, link);
  g_assert_cmpint (g_chmod (open, 0777), ==, 0);
  why = refuse_to_remove (path, G_FILE_ERROR_LOOP);
  g_assert_nonnull (strstr (why, "can be changed by every user"));
  g_assert_false (vg_directory_make (path, NULL, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_LOOP);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  /* The administrator's own link is followed. */
  g_assert_cmpint (g_chmod (open, 0755), ==, 0);
  remove_directory (path);
  g_assert_false (g_file_test (real, G_FILE_TEST_EXISTS));
}

/* The path of the innermost directory would be too long for the kernel, and
 * there are more levels than descriptors. */
static void
test_remove_deep (void)
{
  struct rlimit few = { 100, 100 }, many;
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "id");
  int fd;

  make_directory (path, NULL);
  fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (guint i = 0; i < 500; i++) {
    int inner;

    g_assert_cmpint (mkdirat (fd, "0123456789", 0700), ==, 0);
    inner = openat (fd, "0123456789", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close (fd);
    fd = inner;
  }
  close (fd);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &many), ==, 0);
  few.rlim_max = many.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &few), ==, 0);
  remove_directory (path);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &many), ==, 0);
}

/* One call deletes a bounded number of files, and another one goes on. */
static void
test_remove_many (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "id");
  g_autofree char *why = NULL;

  make_directory (path, NULL);
  for (guint i = 0; i < 10001; i++) {
    g_autofree char *name = g_strdup_printf ("%s/%u", path, i);

    g_assert_cmpint (mknod (name, S_IFREG | 0600, 0), ==, 0);
  }
  why = refuse_to_remove (path, G_FILE_ERROR_AGAIN);
  remove_directory (path);
}

/* A file that has another name elsewhere loses this one, and nothing else. */
static void
test_remove_hard_link (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "id");
  g_autofree char *file = workdir_file (dir, "file", "x");
  g_autofree char *name = workdir_path (dir, "id/vda.scratch");
  g_autofree char *text = NULL;

  make_directory (path, NULL);
  g_assert_cmpint (g_chmod (file, 0640), ==, 0);
  g_assert_cmpint (link (file, name), ==, 0);
  remove_directory (path);
  g_assert_cmpuint (stat_path (file).st_mode & 07777, ==, 0640);
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "x");
}

static void
test_remove_mount (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "id");
  g_autofree char *inner = workdir_path (dir, "id/inner");
  g_autofree char *outside = workdir_path (dir, "outside");
  g_autofree char *file = NULL, *why = NULL;

  make_directory (inner, NULL);
  make_directory (outside, NULL);
  file = workdir_file (dir, "outside/file", "x");
  if (unshare (CLONE_NEWNS) < 0
      || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0
      || mount (outside, inner, NULL, MS_BIND, NULL) < 0) {
    g_test_skip ("only root can mount");
    return;
  }
  why = refuse_to_remove (path, G_FILE_ERROR_FAILED);
  g_assert_nonnull (strstr (why, "inner: another file system is mounted"));
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  g_assert_cmpint (umount (inner), ==, 0);
  remove_directory (path);
}

/* Somebody else's directory, moved here by a user who may write to it. */
static void
test_remove_of_others (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "id");
  g_autofree char *inner = workdir_path (dir, "id/inner");
  g_autofree char *file = NULL, *why = NULL;

  if (geteuid () != 0) {
    g_test_skip ("only root can change the owner of a directory");
    return;
  }
  make_directory (path, "+64055:+64055");
  make_directory (inner, "+64056:+64056");
  file = workdir_file (dir, "id/inner/file", "x");
  why = refuse_to_remove (path, G_FILE_ERROR_PERM);
  g_assert_nonnull (strstr (why, "belongs to another user"));
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
}

static void
assert_trusted (const char *path, const char *doubt)
{
  g_autoptr (GError) error = NULL, same = NULL;
  g_autofree char *found = NULL;
  gboolean ok = vg_directory_ensure (path, 0700, NULL, &error);

  g_assert_true (vg_directory_check (path, &same) == ok);
  g_assert_true (ok == (doubt == NULL));
  if (!ok) {
    g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_PERM);
    g_assert_nonnull (strstr (error->message, doubt));
    g_assert_cmpstr (same->message, ==, error->message);
  }
  g_assert_true (vg_directory_ensure (path, 0700, &found, NULL));
  g_assert_true ((found == NULL) == ok);
}

/* Others must not be able to change the directories that journals and orders
 * are in. */
static void
test_trust (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *above = workdir_path (dir, "above");
  g_autofree char *path = workdir_path (dir, "above/state");
  g_autofree char *odd = g_strdup_printf ("%s/./../above//state/", above);

  assert_trusted (path, NULL);
  g_assert_cmpuint (stat_path (path).st_mode & 07777, ==, 0700);
  assert_trusted (odd, NULL);
  g_assert_cmpint (g_chmod (above, 0777), ==, 0);
  assert_trusted (path, "above can be changed by every user");
  assert_trusted (odd, "above can be changed by every user");
  /* As /tmp. */
  g_assert_cmpint (g_chmod (above, 01777), ==, 0);
  assert_trusted (path, NULL);
  g_assert_cmpint (g_chmod (path, 0757), ==, 0);
  assert_trusted (path, "state can be changed by every user");
  if (geteuid () != 0)
    return;
  g_assert_cmpint (g_chmod (path, 0770), ==, 0);
  assert_trusted (path, "state can be changed by its group");
  g_assert_cmpint (g_chmod (path, 0700), ==, 0);
  g_assert_cmpint (chown (above, 4294967, 0), ==, 0);
  assert_trusted (path, "above belongs to user 4294967");
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
  g_test_add_func ("/directory/remove-nested", test_remove_nested);
  g_test_add_func ("/directory/remove-links", test_remove_links);
  g_test_add_func ("/directory/remove-below-link", test_remove_below_link);
  g_test_add_func ("/directory/remove-deep", test_remove_deep);
  g_test_add_func ("/directory/remove-many", test_remove_many);
  g_test_add_func ("/directory/remove-hard-link", test_remove_hard_link);
  g_test_add_func ("/directory/remove-mount", test_remove_mount);
  g_test_add_func ("/directory/remove-of-others", test_remove_of_others);
  g_test_add_func ("/directory/trust", test_trust);
  g_test_add_func ("/directory/make-refused", test_make_refused);
  return g_test_run ();
}
