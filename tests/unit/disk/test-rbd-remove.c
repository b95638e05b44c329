/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removing RBD images. Without Ceph: see lib/fake-rbd.h. */
#include "lib/rbd-fixture.h"

static void
test_remove (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  rbd_fixture_make_clone (fix, 2);
  for (int i = 0; i < 20; i++) {
    g_autofree char *name = g_strdup_printf ("s%d", i);

    RBD_OK (vg_rbd_snap_create (fix->cluster, RBD_CLONE, name, &error));
    if (i % 2 == 0)
      RBD_OK (vg_rbd_snap_protect (fix->cluster, RBD_CLONE, name, &error));
  }
  RBD_OK (vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  for (int i = 0; i < 2; i++)
    RBD_OK (vg_rbd_remove (fix->cluster, RBD_CLONE, &error));
  rbd_assert_state ("vms/disk 1048476");
  RBD_OK (vg_rbd_remove (fix->cluster, "nope/clone", &error));
}

/* Its snapshots have clones: of format 1, and of format 2. */
static void
test_remove_parent (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  guint format = GPOINTER_TO_UINT (data);

  rbd_fixture_make_clone (fix, format);
  g_assert_false (vg_rbd_remove (fix->cluster, RBD_IMAGE, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_BUSY, "vms/disk can't be removed");
  rbd_assert_children (fix, TRUE);
  rbd_assert_same (RBD_CLONE, NULL);
  RBD_OK (vg_rbd_remove (fix->cluster, RBD_CLONE, &error));
  RBD_OK (vg_rbd_remove (fix->cluster, RBD_IMAGE, &error));
  rbd_assert_state ("");
}

static void
remove_fails (VgCluster *cluster, const char *fault, VgDiskError code,
              const char *words)
{
  g_autoptr (GError) error = NULL;

  fake_rbd_faults (fault);
  g_assert_false (vg_rbd_remove (cluster, RBD_IMAGE, &error));
  rbd_assert_error (&error, code, words);
  fake_rbd_faults (NULL);
}

static void
test_remove_errors (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgCluster) reader = rbd_fixture_connect ("reader");
  g_autoptr (GError) error = NULL;
  gboolean has;

  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  remove_fails (fix->cluster, "rbd_open 1 ETIMEDOUT\n",
                VG_DISK_ERROR_UNREACHABLE, "can't be opened");
  remove_fails (fix->cluster, "rbd_remove 1 EBUSY\n", VG_DISK_ERROR_BUSY,
                "RBD image vms/disk can't be removed: it is in use");
  remove_fails (reader, NULL, VG_DISK_ERROR_DENIED, "client.reader");
  /* Not there, says a full pool, but it is. */
  remove_fails (fix->cluster, "rbd_remove 1 ENOENT\n", VG_DISK_ERROR_FULL,
                "is full");
  rbd_fixture_take (fix);
  remove_fails (fix->cluster, "rbd_snap_list 1 EIO\n", VG_DISK_ERROR_OPEN,
                "can't be removed");
  remove_fails (fix->cluster, "rbd_snap_get_namespace_type 1 EIO\n",
                VG_DISK_ERROR_OPEN, "can't be removed");
  remove_fails (fix->cluster, "rbd_snap_unprotect 1 EPERM\n",
                VG_DISK_ERROR_DENIED, "can't be removed");
  remove_fails (fix->cluster, "rbd_snap_remove 1 EBUSY\n", VG_DISK_ERROR_BUSY,
                "can't be removed");
  remove_fails (fix->cluster, "rados_ioctx_create 2 EIO\n", VG_DISK_ERROR_OPEN,
                "pool vms");
  g_assert_true (vg_rbd_has_children (fix->cluster, RBD_IMAGE, &has, NULL));
  /* Somebody else removes its snapshot, or the image, at the same time. */
  fake_rbd_faults ("rbd_snap_remove 1 after-ENOENT\n");
  RBD_OK (vg_rbd_remove (fix->cluster, RBD_IMAGE, &error));
  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  fake_rbd_faults ("rbd_remove 1 after-ENOENT\n");
  RBD_OK (vg_rbd_remove (fix->cluster, RBD_IMAGE, &error));
  rbd_assert_state ("");
}

/* Where it is not there, no right to write is needed. */
static void
test_remove_missing (RbdFixture *fix G_GNUC_UNUSED,
                     gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgCluster) reader = rbd_fixture_connect ("reader");
  g_autoptr (GError) error = NULL;

  RBD_OK (vg_rbd_remove (reader, RBD_IMAGE, &error));
  fake_rbd_faults ("rbd_remove 1 ETIMEDOUT\n");
  g_assert_false (vg_rbd_remove (reader, RBD_IMAGE, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_UNREACHABLE, "can't be removed");
  fake_rbd_faults ("rados_ioctx_create 2 ETIMEDOUT\n");
  g_assert_false (vg_rbd_remove (reader, RBD_IMAGE, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_UNREACHABLE, "pool vms");
  fake_rbd_faults ("rados_ioctx_create 2 ENOENT\n");
  RBD_OK (vg_rbd_remove (reader, RBD_IMAGE, &error));
}

/* It is in use. */
static void
test_remove_watched (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  int watch;

  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  watch = fake_rbd_watch (RBD_HOST, RBD_IMAGE);
  g_assert_false (vg_rbd_remove (fix->cluster, RBD_IMAGE, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_BUSY, "in use");
  fake_rbd_unwatch (watch);
  RBD_OK (vg_rbd_remove (fix->cluster, RBD_IMAGE, &error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  rbd_fixture_add ("/rbd-remove/ok", NULL, test_remove);
  rbd_fixture_add ("/rbd-remove/parent-1", GUINT_TO_POINTER (1),
                   test_remove_parent);
  rbd_fixture_add ("/rbd-remove/parent-2", GUINT_TO_POINTER (2),
                   test_remove_parent);
  rbd_fixture_add ("/rbd-remove/errors", NULL, test_remove_errors);
  rbd_fixture_add ("/rbd-remove/missing", NULL, test_remove_missing);
  rbd_fixture_add ("/rbd-remove/watched", NULL, test_remove_watched);
  return g_test_run ();
}
