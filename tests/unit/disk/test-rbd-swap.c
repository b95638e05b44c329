/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The exchange of RBD images by their names. Without Ceph: see lib/fake-rbd.h.
 */
#include "lib/rbd-fixture.h"

#define NEW_IMAGE RBD_IMAGE ".virt-glance-new-x"
#define OLD_IMAGE RBD_IMAGE ".virt-glance-old-x"
#define BEFORE "vms/disk 1048576\nvms/disk.virt-glance-new-x 2097152"
#define AFTER "vms/disk 2097152\nvms/disk.virt-glance-old-x 1048576"

static const VgRbdSwap swap = { RBD_IMAGE, NEW_IMAGE, OLD_IMAGE };

static void
make_both (void)
{
  fake_rbd_new_image (RBD_HOST, RBD_IMAGE, RBD_MIB, RBD_ORDER, RBD_ALL);
  fake_rbd_new_image (RBD_HOST, NEW_IMAGE, 2 * RBD_MIB, RBD_ORDER, RBD_ALL);
}

static void
assert_done (VgCluster *cluster, gboolean expected)
{
  g_autoptr (GError) error = NULL;
  gboolean done = !expected;

  RBD_OK (vg_rbd_swap_is_done (cluster, &swap, &done, &error));
  g_assert_cmpint (done, ==, expected);
}

static void
test_swap (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  make_both ();
  assert_done (fix->cluster, FALSE);
  RBD_OK (vg_rbd_swap_undo (fix->cluster, &swap, &error));
  rbd_assert_state (BEFORE);
  RBD_OK (vg_rbd_swap_do (fix->cluster, &swap, &error));
  rbd_assert_state (AFTER);
  assert_done (fix->cluster, TRUE);
  for (int i = 0; i < 2; i++) {
    RBD_OK (vg_rbd_swap_undo (fix->cluster, &swap, &error));
    rbd_assert_state (BEFORE);
    assert_done (fix->cluster, FALSE);
  }
  for (int i = 0; i < 2; i++)
    RBD_OK (vg_rbd_swap_remove_made (fix->cluster, NEW_IMAGE, &error));
  rbd_assert_state ("vms/disk 1048576");
}

/* Each point at which a client may die while it renames. */
static const struct {
  const char *fault;
  const char *state; /* then */
} deaths[] = {
  { "rbd_rename 2 EIO\n",
    "vms/disk.virt-glance-new-x 2097152\nvms/disk.virt-glance-old-x 1048576" },
  { "rbd_rename_named 1 EIO\n", BEFORE "\nvms/disk.virt-glance-old-x left" },
  { "rbd_rename_moved 1 EIO\n",
    "vms/disk left\nvms/disk.virt-glance-new-x 2097152\n"
    "vms/disk.virt-glance-old-x 1048576" },
  { "rbd_rename_named 2 EIO\n",
    "vms/disk left\nvms/disk.virt-glance-new-x 2097152\n"
    "vms/disk.virt-glance-old-x 1048576" },
};

static void
test_half (RbdFixture *fix, gconstpointer data)
{
  const guint number = GPOINTER_TO_UINT (data);
  g_autoptr (GError) error = NULL;

  make_both ();
  fake_rbd_faults (deaths[number].fault);
  g_assert_false (vg_rbd_swap_do (fix->cluster, &swap, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_OPEN, "can't be renamed to");
  fake_rbd_faults (NULL);
  rbd_assert_state (deaths[number].state);
  assert_done (fix->cluster, FALSE);
  rbd_assert_state (deaths[number].state);
  RBD_OK (vg_rbd_swap_undo (fix->cluster, &swap, &error));
  rbd_assert_state (BEFORE);
  RBD_OK (vg_rbd_swap_remove_made (fix->cluster, NEW_IMAGE, &error));
  rbd_assert_state ("vms/disk 1048576");
}

/* The new image is the disk, and has its first name, too: removing that must
 * not remove the disk. */
static void
test_left (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  make_both ();
  fake_rbd_faults ("rbd_rename_moved 2 EIO\n");
  g_assert_false (vg_rbd_swap_do (fix->cluster, &swap, &error));
  g_clear_error (&error);
  fake_rbd_faults (NULL);
  assert_done (fix->cluster, TRUE);
  RBD_OK (vg_rbd_swap_remove_made (fix->cluster, NEW_IMAGE, &error));
  rbd_assert_state (AFTER);
}

static void
test_in_use (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  int watch;

  make_both ();
  RBD_OK (vg_rbd_check_unused (fix->cluster, RBD_IMAGE, &error));
  RBD_OK (vg_rbd_swap_do (fix->cluster, &swap, &error));
  watch = fake_rbd_watch (RBD_HOST, RBD_IMAGE);
  g_assert_false (vg_rbd_check_unused (fix->cluster, RBD_IMAGE, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_BUSY, "'rbd status vms/disk'");
  g_assert_false (vg_rbd_swap_undo (fix->cluster, &swap, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_BUSY, "has it open for writing");
  rbd_assert_state (AFTER);
  fake_rbd_unwatch (watch);
  RBD_OK (vg_rbd_swap_undo (fix->cluster, &swap, &error));
  rbd_assert_state (BEFORE);
}

static void
test_errors (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgCluster) reader = rbd_fixture_connect ("reader");
  g_autoptr (GError) error = NULL;
  gboolean done;

  make_both ();
  g_assert_false (vg_rbd_swap_do (reader, &swap, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_DENIED, "client.reader");
  fake_rbd_faults ("rbd_open_read_only 1 ETIMEDOUT\n");
  g_assert_false (vg_rbd_swap_is_done (fix->cluster, &swap, &done, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_UNREACHABLE, "vms/disk");
  fake_rbd_faults ("rbd_get_name 2 ETIMEDOUT\n");
  g_assert_false (vg_rbd_swap_undo (fix->cluster, &swap, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_UNREACHABLE, "virt-glance-new-x");
  fake_rbd_faults ("rbd_watchers_list 1 EIO\n");
  g_assert_false (vg_rbd_check_unused (fix->cluster, RBD_IMAGE, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_OPEN, "does not say who uses it");
  fake_rbd_faults (NULL);
  RBD_OK (vg_rbd_remove (fix->cluster, RBD_IMAGE, &error));
  g_assert_false (vg_rbd_swap_undo (fix->cluster, &swap, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_MISSING, "virt-glance-old-x");
  RBD_OK (vg_rbd_swap_remove_made (fix->cluster, "nope/x", &error));
}

static void
test_list (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) names = NULL;
  g_autofree char *all = NULL;

  make_both ();
  fake_rbd_new_image (RBD_HOST, "vms/other", RBD_MIB, RBD_ORDER, RBD_ALL);
  names = vg_rbd_list_beginning (fix->cluster, RBD_IMAGE, &error);
  g_assert_no_error (error);
  all = g_strjoinv (" ", names);
  g_assert_cmpstr (all, ==, RBD_IMAGE " " NEW_IMAGE);
  fake_rbd_faults ("rbd_list2 1 EIO\n");
  g_assert_null (vg_rbd_list_beginning (fix->cluster, RBD_IMAGE, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_OPEN, "can't be listed");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  rbd_fixture_add ("/rbd-swap/swap", NULL, test_swap);
  for (guint i = 0; i < G_N_ELEMENTS (deaths); i++) {
    g_autofree char *path = g_strdup_printf ("/rbd-swap/half/%u", i);

    rbd_fixture_add (path, GUINT_TO_POINTER (i), test_half);
  }
  rbd_fixture_add ("/rbd-swap/left", NULL, test_left);
  rbd_fixture_add ("/rbd-swap/in-use", NULL, test_in_use);
  rbd_fixture_add ("/rbd-swap/errors", NULL, test_errors);
  rbd_fixture_add ("/rbd-swap/list", NULL, test_list);
  return g_test_run ();
}
