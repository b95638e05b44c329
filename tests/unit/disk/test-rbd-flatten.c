/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Flattening clones of RBD images, and their object maps. Without Ceph: see
 * lib/fake-rbd.h. */
#include <gio/gio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/rbd-fixture.h"

typedef struct {
  guint64 last, total;
  guint n;
  GCancellable *cancellable; /* cancelled when a quarter is done */
} Progress;

static void
on_progress (guint64 done, guint64 total, gpointer data)
{
  Progress *progress = data;

  g_assert_cmpuint (done, >, progress->last);
  g_assert_cmpuint (done, <=, total);
  progress->last = done;
  progress->total = total;
  progress->n++;
  if (done > total / 4 && progress->cancellable != NULL)
    g_cancellable_cancel (progress->cancellable);
}

static void
test_flatten (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  Progress progress = { 0 };

  rbd_fixture_make_clone (fix, 2);
  fake_rbd_fill (RBD_HOST, RBD_CLONE, 5000, 10, 7);
  fake_rbd_fill (RBD_HOST, RBD_IMAGE, 0, RBD_OBJECT, 9);
  RBD_OK (vg_rbd_flatten (fix->cluster, RBD_CLONE, on_progress, &progress, NULL,
                          &error));
  g_assert_cmpuint (progress.last, ==, progress.total);
  g_assert_cmpuint (progress.n, ==, RBD_MIB / RBD_OBJECT);
  rbd_assert_state ("images/clone 1048476\nvms/disk 1048476\n"
                    "vms/disk@now 1048476");
  {
    g_autofree guint8 *bytes =
        fake_rbd_export (RBD_HOST, RBD_CLONE, NULL, NULL);

    g_assert_cmpuint (bytes[999], ==, 0);
    g_assert_cmpuint (bytes[1000], ==, 1);
    g_assert_cmpuint (bytes[5000], ==, 7);
    g_assert_cmpuint (bytes[5010], ==, 1);
    g_assert_cmpuint (bytes[RBD_MIB - 101], ==, 2);
  }
  /* One that has no parent is flat. */
  RBD_OK (vg_rbd_flatten (fix->cluster, RBD_CLONE, NULL, NULL, NULL, &error));
}

/* Its snapshots too; and the parent's snapshot goes. */
static void
test_flatten_deep (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  rbd_fixture_make_clone (fix, 2);
  RBD_OK (vg_rbd_snap_create (fix->cluster, RBD_CLONE, "snap", &error));
  RBD_OK (vg_rbd_snap_protect (fix->cluster, RBD_CLONE, "snap", &error));
  RBD_OK (vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  RBD_OK (vg_rbd_flatten (fix->cluster, RBD_CLONE, NULL, NULL, NULL, &error));
  rbd_assert_state ("images/clone 1048476\n"
                    "images/clone@snap 1048476 protected\n"
                    "vms/disk 1048476");
  rbd_assert_same (RBD_CLONE, NULL);
  rbd_assert_same (RBD_CLONE, "snap");
}

static void
test_flatten_cancelled (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  Progress progress = { .cancellable = cancellable };

  rbd_fixture_make_clone (fix, 2);
  g_assert_false (vg_rbd_flatten (fix->cluster, RBD_CLONE, on_progress,
                                  &progress, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpuint (progress.last, <, progress.total);
  rbd_assert_children (fix, TRUE);
  fake_rbd_forget_log ();
  g_assert_false (vg_rbd_flatten (fix->cluster, RBD_CLONE, NULL, NULL,
                                  cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpuint (fake_rbd_count ("rbd_open"), ==, 0);
  RBD_OK (vg_rbd_flatten (fix->cluster, RBD_CLONE, NULL, NULL, NULL, &error));
  rbd_assert_same (RBD_CLONE, NULL);
}

/* Ended in the middle by somebody else, in odd ways; it can go on. */
static void
test_flatten_errors (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *fault;
    VgDiskError code;
    const char *words;
  } cases[] = {
    { "rbd_flatten_with_progress 1 =0\n", VG_DISK_ERROR_BUSY, "in use" },
    { "rbd_flatten_with_progress 1 ENOENT\n", VG_DISK_ERROR_BUSY, "in use" },
    { "rbd_flatten_with_progress 1 EINVAL\n", VG_DISK_ERROR_OPEN, "Invalid" },
    { "rbd_flatten_object 2 EROFS\n", VG_DISK_ERROR_DENIED,
      "lacks permission" },
    { "rbd_flatten_object 1 EDQUOT\n", VG_DISK_ERROR_FULL, "quota" },
    { "rbd_flatten_object 2 ETIMEDOUT\n", VG_DISK_ERROR_UNREACHABLE, "answer" },
    { "rbd_flatten_object 3 ETIMEDOUT\nrbd_get_parent 1 EIO\n",
      VG_DISK_ERROR_UNREACHABLE, "RBD image images/clone can't be flattened" },
    { "rbd_open 1 ETIMEDOUT\n", VG_DISK_ERROR_UNREACHABLE, "can't be opened" },
  };
  VgRbdCloning cloning = { .format = 2, .resumable = TRUE };
  g_autoptr (GError) error = NULL;

  rbd_fixture_make_clone (fix, 2);
  RBD_OK (vg_rbd_remove (fix->cluster, RBD_CLONE, &error));
  RBD_OK (vg_rbd_clone (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, RBD_CLONE,
                        &cloning, &error));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    fake_rbd_faults (cases[i].fault);
    g_assert_false (
        vg_rbd_flatten (fix->cluster, RBD_CLONE, NULL, NULL, NULL, &error));
    rbd_assert_error (&error, cases[i].code, cases[i].words);
    fake_rbd_faults (NULL);
    rbd_assert_children (fix, TRUE);
    rbd_assert_same (RBD_CLONE, NULL);
  }
  /* All was done, though it does not say so. */
  fake_rbd_faults ("rbd_flatten_with_progress 1 after-EINVAL\n");
  RBD_OK (vg_rbd_flatten (fix->cluster, RBD_CLONE, NULL, NULL, NULL, &error));
  rbd_assert_same (RBD_CLONE, NULL);
  RBD_OK (vg_rbd_remove (fix->cluster, RBD_CLONE, &error));
  g_assert_false (
      vg_rbd_flatten (fix->cluster, RBD_CLONE, NULL, NULL, NULL, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_MISSING, "it is not there");
}

/* Flattens in another process, which is killed. */
static void
flatten_killed (void)
{
  int status;
  pid_t pid = fork ();

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    VgCluster *cluster = rbd_fixture_connect ("nova");

    _exit (vg_rbd_flatten (cluster, RBD_CLONE, NULL, NULL, NULL, NULL) ? 0 : 1);
  }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
}

/* Killed at any object, and gone on with: nothing is lost, for there is no
 * object map. */
static void
test_flatten_killed (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  VgRbdCloning cloning = { .format = 2, .resumable = TRUE };
  g_autoptr (GError) error = NULL;

  rbd_fixture_make_clone (fix, 2);
  RBD_OK (vg_rbd_remove (fix->cluster, RBD_CLONE, &error));
  RBD_OK (vg_rbd_clone (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, RBD_CLONE,
                        &cloning, &error));
  for (int i = 1; i < 6; i++) {
    g_autofree char *fault =
        g_strdup_printf ("rbd_flatten_object %d kill\n", i);

    fake_rbd_faults (fault);
    flatten_killed ();
    rbd_assert_same (RBD_CLONE, NULL);
  }
  fake_rbd_faults ("rbd_flatten_detach 1 kill\n");
  flatten_killed ();
  fake_rbd_faults (NULL);
  RBD_OK (vg_rbd_flatten (fix->cluster, RBD_CLONE, NULL, NULL, NULL, &error));
  rbd_assert_children (fix, FALSE);
  rbd_assert_same (RBD_CLONE, NULL);
}

/* ---- Object maps */

static void
test_maps (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  rbd_fixture_make_image (RBD_MIB, RBD_LOCKED);
  rbd_fixture_take (fix);
  RBD_OK (vg_rbd_snap_create (fix->cluster, RBD_IMAGE, "other", &error));
  fake_rbd_forget_log ();
  vg_rbd_restore_maps (fix->cluster, RBD_IMAGE);
  g_assert_cmpuint (fake_rbd_count ("rbd_update_features"), ==, 1);
  g_assert_cmpuint (fake_rbd_count ("rbd_rebuild_object_map"), ==, 3);
  /* Again: they are fine. */
  fake_rbd_forget_log ();
  vg_rbd_restore_maps (fix->cluster, RBD_IMAGE);
  g_assert_cmpuint (fake_rbd_count ("rbd_update_features"), ==, 0);
  g_assert_cmpuint (fake_rbd_count ("rbd_rebuild_object_map"), ==, 0);
  /* Killed in the middle: the rest is done. */
  rbd_fixture_make_image (RBD_MIB, RBD_LOCKED);
  rbd_fixture_take (fix);
  fake_rbd_faults ("rbd_rebuild_object_map 2 EIO\n");
  vg_rbd_restore_maps (fix->cluster, RBD_IMAGE);
  fake_rbd_faults (NULL);
  fake_rbd_forget_log ();
  vg_rbd_restore_maps (fix->cluster, RBD_IMAGE);
  g_assert_cmpuint (fake_rbd_count ("rbd_rebuild_object_map"), ==, 1);
}

/* Where it can't be: nothing is done, and nothing is said. */
static void
test_maps_not (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const faults[] = {
    "rbd_open 1 EIO\n",
    "rbd_get_features 1 EIO\n",
    "rbd_update_features 1 EROFS\n",
    "rbd_get_flags * EIO\n",
  };

  vg_rbd_restore_maps (fix->cluster, RBD_IMAGE);
  rbd_fixture_make_image (RBD_MIB, RBD_LOCKED);
  rbd_fixture_take (fix);
  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++) {
    fake_rbd_forget_log ();
    fake_rbd_faults (faults[i]);
    vg_rbd_restore_maps (fix->cluster, RBD_IMAGE);
    g_assert_cmpuint (fake_rbd_count ("rbd_rebuild_object_map"), ==, 0);
  }
  fake_rbd_faults (NULL);
  /* Without a lock there are none. */
  rbd_fixture_make_image (RBD_MIB, RBD_PLAIN);
  fake_rbd_forget_log ();
  vg_rbd_restore_maps (fix->cluster, RBD_IMAGE);
  g_assert_cmpuint (fake_rbd_count ("rbd_update_features"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  rbd_fixture_add ("/rbd-flatten/ok", NULL, test_flatten);
  rbd_fixture_add ("/rbd-flatten/deep", NULL, test_flatten_deep);
  rbd_fixture_add ("/rbd-flatten/cancelled", NULL, test_flatten_cancelled);
  rbd_fixture_add ("/rbd-flatten/errors", NULL, test_flatten_errors);
  rbd_fixture_add ("/rbd-flatten/killed", NULL, test_flatten_killed);
  rbd_fixture_add ("/rbd-flatten/maps", NULL, test_maps);
  rbd_fixture_add ("/rbd-flatten/maps/not", NULL, test_maps_not);
  return g_test_run ();
}
