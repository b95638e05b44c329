/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which files a program that reads disks may be given. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/disk.h"
#include "lib/confine-fixture.h"

#define HEADER "/srv/top.qcow2"

static void
refuse (const ConfineFixture *fix, const char *path, const char *header,
        int code, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (vg_confine_admit (fix->confine, path, header, NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, code);
  if (strstr (error->message, text) == NULL)
    g_error ("no '%s' in: %s", text, error->message);
  if (strstr (error->message, path) == NULL)
    g_error ("no '%s' in: %s", path, error->message);
  g_assert_null (vg_confine_find (fix->confine, path));
}

static void
test_types (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *fifo = workdir_path (fix->dir, "fifo");
  g_autofree char *none = workdir_path (fix->dir, "none");
  gint64 began = g_get_monotonic_time ();

  g_assert_cmpint (mkfifo (fifo, 0666), ==, 0);
  refuse (fix, fifo, NULL, VG_DISK_ERROR_UNSUPPORTED, "a FIFO (named pipe)");
  refuse (fix, fifo, HEADER, VG_DISK_ERROR_UNSUPPORTED,
          "the header of " HEADER " names the backing file");
  refuse (fix, fix->dir, NULL, VG_DISK_ERROR_UNSUPPORTED, "is a directory");
  refuse (fix, "/dev/zero", NULL, VG_DISK_ERROR_UNSUPPORTED,
          "is a character device");
  refuse (fix, none, NULL, VG_DISK_ERROR_OPEN, "No such file or directory");
  g_assert_cmpint (g_get_monotonic_time () - began, <, 20 * G_USEC_PER_SEC);
}

/* What the kernel makes up is nobody's disk, though root could read it. */
static void
test_kernels (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *link = workdir_path (fix->dir, "link");

  g_assert_cmpint (symlink ("/proc/self/environ", link), ==, 0);
  refuse (fix, "/proc/self/environ", NULL, VG_DISK_ERROR_UNSUPPORTED,
          "is in procfs, whose files are made up by the kernel");
  refuse (fix, "/proc/self/environ", HEADER, VG_DISK_ERROR_UNSUPPORTED,
          HEADER " names the backing file /proc/self/environ, which is in "
                 "procfs");
  refuse (fix, link, HEADER, VG_DISK_ERROR_UNSUPPORTED, "is in procfs");
  refuse (fix, "/sys/kernel/uevent_seqnum", NULL, VG_DISK_ERROR_UNSUPPORTED,
          "is in sysfs");
}

static void
test_cancelled (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (
      vg_confine_admit (fix->confine, fix->disk, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_own (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  confine_admit (fix, fix->disk);
  g_assert_false (vg_confine_find (fix->confine, fix->disk)->privileged);
  if (geteuid () != 0)
    refuse (fix, "/etc/shadow", NULL, VG_DISK_ERROR_OPEN, "Permission denied");
}

/* What a header names must be readable for the user. */
static void
test_header (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  if (confine_skip_unless_root ())
    return;
  confine_set_user (fix, CONFINE_NOBODY);
  refuse (fix, "/etc/shadow", HEADER, VG_DISK_ERROR_UNSUPPORTED,
          "the header of " HEADER " names the backing file /etc/shadow, which "
          "QEMU's user nobody may not read");
  refuse (fix, fix->disk, HEADER, VG_DISK_ERROR_UNSUPPORTED, "<backingStore>");
  /* The mode of the file alone doesn't count: the folder is closed. */
  g_assert_cmpint (g_chmod (fix->disk, 0644), ==, 0);
  g_assert_cmpint (g_chmod (fix->dir, 0700), ==, 0);
  refuse (fix, fix->disk, HEADER, VG_DISK_ERROR_UNSUPPORTED, "nobody");
  g_assert_cmpint (g_chmod (fix->dir, 0711), ==, 0);
  g_assert_true (
      vg_confine_admit (fix->confine, fix->disk, HEADER, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (vg_confine_find (fix->confine, fix->disk)->privileged);
}

/* Groups and access lists count as well. */
static void
test_group (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *out = NULL;

  if (confine_skip_unless_root ())
    return;
  confine_set_user (fix, CONFINE_NOBODY);
  g_assert_cmpint (g_chmod (fix->dir, 0711), ==, 0);
  g_assert_cmpint (chown (fix->disk, 0, 65534), ==, 0);
  g_assert_cmpint (g_chmod (fix->disk, 0640), ==, 0);
  confine_admit (fix, fix->disk);
  g_assert_false (vg_confine_find (fix->confine, fix->disk)->privileged);
  if (fix->confine->bwrap == NULL)
    return;
  out = confine_run (fix, "cat", fix->disk);
  g_assert_cmpstr (out, ==, "blocks");
}

/* Root's file, named by the XML, where others could put another one. */
static void
test_unguarded (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *theirs = workdir_path (fix->dir, "theirs");
  g_autofree char *link = workdir_path (fix->dir, "theirs/link");
  g_autofree char *file = NULL;

  if (confine_skip_unless_root ())
    return;
  confine_set_user (fix, CONFINE_NOBODY);
  g_assert_cmpint (g_mkdir (theirs, 0755), ==, 0);
  file = workdir_file (fix->dir, "theirs/file", "");
  g_assert_cmpint (g_chmod (file, 0600), ==, 0);
  g_assert_cmpint (symlink (fix->disk, link), ==, 0);
  confine_admit (fix, file);
  confine_admit (fix, link);
  g_ptr_array_set_size (fix->confine->files, 0);
  g_assert_cmpint (g_chmod (theirs, 0775), ==, 0);
  refuse (fix, file, NULL, VG_DISK_ERROR_UNSUPPORTED, "belong to root");
  g_assert_cmpint (g_chmod (theirs, 0755), ==, 0);
  g_assert_cmpint (chown (theirs, 65534, 0), ==, 0);
  refuse (fix, file, NULL, VG_DISK_ERROR_UNSUPPORTED, "belong to root");
  /* The file is where only root can write, but the link is not. */
  refuse (fix, link, NULL, VG_DISK_ERROR_UNSUPPORTED, "belong to root");
  g_assert_cmpint (chown (theirs, 0, 0), ==, 0);
  /* A sticky directory: others can't replace what is root's. */
  g_assert_cmpint (g_chmod (theirs, 01777), ==, 0);
  confine_admit (fix, file);
  g_assert_cmpint (chown (file, 65533, 0), ==, 0);
  refuse (fix, file, NULL, VG_DISK_ERROR_UNSUPPORTED, "belong to root");
}

/* What open(2) of that path fails with, also in the process that looks. */
static struct {
  const char *path;
  int number;
} refusal;

int
open (const char *path, int flags, ...)
{
  va_list args;
  mode_t mode;

  va_start (args, flags);
  mode = (flags & O_CREAT) != 0 ? va_arg (args, mode_t) : 0;
  va_end (args);
  if ((flags & O_PATH) == 0 && g_strcmp0 (path, refusal.path) == 0) {
    errno = refusal.number;
    return -1;
  }
  return openat (AT_FDCWD, path, flags, mode);
}

/* A security module or a cgroup refuses with EPERM. Other errors tell nothing
 * about rights. */
static void
test_refusals (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const int rights[] = { EACCES, EPERM };

  if (confine_skip_unless_root ())
    return;
  confine_set_user (fix, CONFINE_NOBODY);
  refusal.path = fix->disk;
  for (gsize i = 0; i < G_N_ELEMENTS (rights); i++) {
    refusal.number = rights[i];
    refuse (fix, fix->disk, HEADER, VG_DISK_ERROR_UNSUPPORTED,
            "<backingStore>");
    confine_admit (fix, fix->disk);
    g_assert_true (vg_confine_find (fix->confine, fix->disk)->privileged);
    g_ptr_array_set_size (fix->confine->files, 0);
  }
  refusal.number = EIO;
  refuse (fix, fix->disk, NULL, VG_DISK_ERROR_OPEN, "Input/output error");
  refusal.path = NULL;
}

static void
test_bad_label (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const labels[] = { "vg-no-such-user:root", "+1", "+1:x y",
                                        "+-1:+1", "" };

  if (confine_skip_unless_root ())
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (labels); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (vg_confine_new (fix->config, NULL, labels[i], &error));
    g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CONFINE);
  }
  confine_set_user (fix, "nobody:root");
  g_assert_cmpuint (fix->confine->user.uid, ==, 65534);
  g_assert_cmpuint (fix->confine->user.gid, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  confine_fixture_add ("/confine/kernels", test_kernels);
  confine_fixture_add ("/confine/types", test_types);
  confine_fixture_add ("/confine/cancelled", test_cancelled);
  confine_fixture_add ("/confine/own", test_own);
  confine_fixture_add ("/confine/header", test_header);
  confine_fixture_add ("/confine/group", test_group);
  confine_fixture_add ("/confine/unguarded", test_unguarded);
  confine_fixture_add ("/confine/refusals", test_refusals);
  confine_fixture_add ("/confine/bad-label", test_bad_label);
  return g_test_run ();
}
