/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking at files: by the child process, and without one. */
#include "util/probe-look.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/workdir.h"

#define NOBODY 65534

static const VgProbeUser ourselves;

/* Fills probe by a child, which finds what this process does. */
static void
look_at (const char *path, VgProbe *probe)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autofree VgProbe *own = g_new0 (VgProbe, 1);
  gboolean ok = vg_probe_file (path, &ourselves, probe, cancellable, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  vg_probe_look (path, &ourselves, own);
  g_assert_cmpint (own->error, ==, probe->error);
  g_assert_cmpint (own->refusal, ==, probe->refusal);
  g_assert_cmpuint (own->mode, ==, probe->mode);
  g_assert_true (own->inode == probe->inode && own->device == probe->device);
  g_assert_cmpint (own->guarded, ==, probe->guarded);
  g_assert_cmpstr (own->real, ==, probe->real);
}

static void
test_file (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *real = realpath (dir, NULL);
  g_autofree char *path = workdir_file (dir, "file", "x");
  g_autofree char *link = workdir_path (dir, "link");
  g_autofree char *wanted = g_build_filename (real, "file", NULL);
  g_autofree VgProbe *probe = g_new0 (VgProbe, 1);
  struct stat st;

  g_assert_cmpint (symlink ("file", link), ==, 0);
  g_assert_cmpint (stat (path, &st), ==, 0);
  look_at (link, probe);
  g_assert_cmpint (probe->error, ==, 0);
  g_assert_cmpint (probe->refusal, ==, 0);
  g_assert_true (S_ISREG (probe->mode));
  g_assert_true (probe->inode == st.st_ino && probe->device == st.st_dev);
  g_assert_cmpstr (probe->real, ==, wanted);
}

/* Types that are not opened, and paths that lead to nothing. */
static void
test_others (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *fifo = workdir_path (dir, "fifo");
  g_autofree char *none = workdir_path (dir, "none");
  g_autofree char *loop = workdir_path (dir, "loop");
  g_autofree VgProbe *probe = g_new0 (VgProbe, 1);

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (symlink ("loop", loop), ==, 0);
  look_at (fifo, probe);
  g_assert_cmpint (probe->error, ==, 0);
  g_assert_true (S_ISFIFO (probe->mode));
  look_at (dir, probe);
  g_assert_true (S_ISDIR (probe->mode));
  look_at (none, probe);
  g_assert_cmpint (probe->error, ==, ENOENT);
  look_at (loop, probe);
  g_assert_cmpint (probe->error, ==, ELOOP);
}

/* Root's files are guarded, also by root's links, but not by a link that others
 * can change. */
static void
test_guarded (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *open = workdir_path (dir, "open");
  g_autofree char *link = g_build_filename (open, "link", NULL);
  g_autofree char *shell = realpath ("/bin/sh", NULL);
  g_autofree VgProbe *probe = g_new0 (VgProbe, 1);

  g_assert_cmpint (mkdir (open, 0700), ==, 0);
  g_assert_cmpint (chmod (open, 0777), ==, 0);
  g_assert_cmpint (symlink ("/etc/passwd", link), ==, 0);
  look_at ("/etc/passwd", probe);
  g_assert_true (probe->guarded);
  look_at ("/etc/../etc/passwd", probe);
  g_assert_cmpstr (probe->real, ==, "/etc/passwd");
  look_at ("/bin/sh", probe);
  g_assert_cmpstr (probe->real, ==, shell);
  g_assert_true (probe->guarded);
  look_at (link, probe);
  g_assert_false (probe->guarded);
  g_assert_cmpstr (probe->real, ==, "/etc/passwd");
}

/* The file that its owner alone may read, for another user. */
static void
test_refused (void)
{
  const VgProbeUser nobody = { .change = TRUE, .uid = NOBODY, .gid = NOBODY };
  const VgProbeUser *user = geteuid () == 0 ? &nobody : &ourselves;
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_file (dir, "file", "x");
  g_autofree VgProbe *probe = g_new0 (VgProbe, 1);
  g_autoptr (GError) error = NULL;
  gboolean ok;

  g_assert_cmpint (chmod (dir, 0755), ==, 0);
  g_assert_cmpint (chmod (path, geteuid () == 0 ? 0600 : 0), ==, 0);
  ok = vg_probe_file (path, user, probe, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpint (probe->refusal, ==, EACCES);
}

static void
test_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree VgProbe *probe = g_new0 (VgProbe, 1);
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (
      vg_probe_file ("/etc/passwd", &ourselves, probe, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/probe/file", test_file);
  g_test_add_func ("/probe/others", test_others);
  g_test_add_func ("/probe/guarded", test_guarded);
  g_test_add_func ("/probe/refused", test_refused);
  g_test_add_func ("/probe/cancelled", test_cancelled);
  return g_test_run ();
}
