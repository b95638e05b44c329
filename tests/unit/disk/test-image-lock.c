/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process that writes to an image is waited for, for a while: QEMU lets go of
 * its locks shortly after a domain is shut off. Clock and pauses are this
 * test's own, by the linker's --wrap. */
#include "disk/image-lock.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "disk/disk.h"
#include "lib/workdir.h"

extern __typeof__ (g_get_monotonic_time) __wrap_g_get_monotonic_time;
extern __typeof__ (g_usleep) __wrap_g_usleep;

/* Shorter pauses are for the process that looks to end, and take real time. */
#define SHORT_US 10000

#define WRITE_PERMISSION 101 /* QEMU's byte for it: block/file-posix.c */

static gint64 now;    /* µs; only pauses take time */
static int fd;        /* of the writer */
static gint64 ends;   /* when the writer is done */
static gint64 waited; /* µs */

static void
set_lock (short type)
{
  struct flock lock = { .l_type = type,
                        .l_whence = SEEK_SET,
                        .l_start = WRITE_PERMISSION,
                        .l_len = 1 };

  g_assert_cmpint (fcntl (fd, F_OFD_SETLK, &lock), ==, 0);
}

gint64
__wrap_g_get_monotonic_time (void)
{
  return now;
}

void
__wrap_g_usleep (gulong us)
{
  struct timespec pause = { .tv_nsec = (glong) us * 1000 };

  if (us < SHORT_US) {
    nanosleep (&pause, NULL);
    return;
  }
  now += (gint64) us;
  if (now >= ends)
    set_lock (F_UNLCK);
}

/* Waits for a writer, which is there for so many µs. */
static gboolean
await_end (gint64 us, GError **error)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_file (dir, "disk", "blocks");
  g_autoptr (VgJson) chain = json_object_new_object ();
  VgJson *file = json_object_new_object ();
  gboolean ok;

  vg_json_set_string (chain, "driver", "raw");
  vg_json_set_string (file, "filename", path);
  vg_json_set_take (chain, "file", file);
  fd = open (path, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  now = 0;
  ends = us;
  set_lock (us > 0 ? F_WRLCK : F_UNLCK);
  ok = vg_image_lock_await_none (chain, NULL, error);
  waited = now;
  close (fd);
  return ok;
}

static void
test_await (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (await_end (0, &error));
  g_assert_no_error (error);
  g_assert_cmpint (waited, ==, 0);
  g_assert_true (await_end (1, &error));
  g_assert_no_error (error);
  g_assert_true (await_end (G_USEC_PER_SEC, &error));
  g_assert_no_error (error);
  g_assert_cmpint (waited, >=, G_USEC_PER_SEC);
}

static void
test_in_vain (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (await_end (G_MAXINT64, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN);
  g_assert_nonnull (strstr (error->message, "is in use by another process"));
  g_assert_cmpint (waited, <, 10 * G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image-lock/await", test_await);
  g_test_add_func ("/image-lock/in-vain", test_in_vain);
  return g_test_run ();
}
