/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Snapshots of RBD images, and what is said of an image. Without Ceph: see
 * lib/fake-rbd.h. */
#include <string.h>

#include "lib/rbd-fixture.h"

static void
assert_exists (RbdFixture *fix, gboolean expected)
{
  g_autoptr (GError) error = NULL;
  gboolean exists = !expected;

  RBD_OK (vg_rbd_snap_exists (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &exists,
                              &error));
  g_assert_cmpint (exists, ==, expected);
}

static void
test_snapshot (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *bytes = NULL;

  assert_exists (fix, FALSE);
  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  fake_rbd_fill (RBD_HOST, RBD_IMAGE, 0, RBD_MIB, 1);
  assert_exists (fix, FALSE);
  rbd_fixture_take (fix);
  assert_exists (fix, TRUE);
  fake_rbd_fill (RBD_HOST, RBD_IMAGE, 0, RBD_MIB, 2);
  bytes = fake_rbd_export (RBD_HOST, RBD_IMAGE, RBD_SNAPSHOT, NULL);
  g_assert_cmpuint (bytes[0], ==, 1);
  rbd_assert_state ("vms/disk 1048576\nvms/disk@now 1048576");
  g_assert_false (
      vg_rbd_snap_create (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_assert_error (
      &error, VG_DISK_ERROR_EXISTS,
      "snapshot now of RBD image vms/disk can't be created: there "
      "is one already");
}

/* To remove it is to unprotect it, and may be repeated. */
static void
test_remove (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  RBD_OK (vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  rbd_fixture_take (fix);
  RBD_OK (vg_rbd_snap_create (fix->cluster, RBD_IMAGE, "other", &error));
  RBD_OK (vg_rbd_snap_protect (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  for (int i = 0; i < 2; i++) {
    RBD_OK (vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
    rbd_assert_state ("vms/disk 1048576\nvms/disk@other 1048576");
  }
  RBD_OK (vg_rbd_snap_remove (fix->cluster, "nope/disk", "s", &error));
}

static void
test_protect (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (
      vg_rbd_snap_protect (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_MISSING, "can't be opened");
  RBD_OK (
      vg_rbd_snap_unprotect (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  g_assert_false (
      vg_rbd_snap_protect (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_MISSING,
                    "snapshot now of RBD image vms/disk can't be protected");
  RBD_OK (
      vg_rbd_snap_unprotect (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_fixture_take (fix);
  for (int i = 0; i < 2; i++)
    RBD_OK (
        vg_rbd_snap_protect (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_assert_state ("vms/disk 1048576\nvms/disk@now 1048576 protected");
  for (int i = 0; i < 2; i++)
    RBD_OK (
        vg_rbd_snap_unprotect (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_assert_state ("vms/disk 1048576\nvms/disk@now 1048576");
}

/* ---- Errors of each step */

typedef gboolean (*Deed) (VgCluster *, const char *, const char *, GError **);

static void
fails (RbdFixture *fix, Deed deed, const char *fault, VgDiskError code,
       const char *words)
{
  g_autoptr (GError) error = NULL;

  fake_rbd_faults (fault);
  g_assert_false (deed (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_assert_error (&error, code, words);
  fake_rbd_faults (NULL);
}

static gboolean
exists (VgCluster *cluster, const char *image, const char *snapshot,
        GError **error)
{
  gboolean is_there;

  return vg_rbd_snap_exists (cluster, image, snapshot, &is_there, error);
}

static void
test_errors (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    Deed deed;
    const char *fault;
    VgDiskError code;
    const char *words;
  } cases[] = {
    { vg_rbd_snap_create, "rbd_open 1 EIO\n", VG_DISK_ERROR_OPEN,
      "RBD image vms/disk can't be opened" },
    { vg_rbd_snap_create, "rbd_snap_create 1 after-ETIMEDOUT\n",
      VG_DISK_ERROR_UNREACHABLE, "can't be created: the Ceph cluster did not" },
    { vg_rbd_snap_create, "rados_ioctx_create 1 ETIMEDOUT\n",
      VG_DISK_ERROR_UNREACHABLE, "pool vms of the Ceph cluster" },
    { exists, "rbd_open_read_only 1 EPERM\n", VG_DISK_ERROR_DENIED,
      "RBD image vms/disk can't be opened" },
    { exists, "rbd_snap_set 1 ETIMEDOUT\n", VG_DISK_ERROR_UNREACHABLE,
      "snapshot now of RBD image vms/disk can't be opened" },
    { vg_rbd_snap_protect, "rbd_snap_protect 1 ETIMEDOUT\n",
      VG_DISK_ERROR_UNREACHABLE, "can't be protected" },
    { vg_rbd_snap_unprotect, "rbd_snap_unprotect 1 EBUSY\n", VG_DISK_ERROR_BUSY,
      "can't be unprotected" },
    { vg_rbd_snap_unprotect, "rbd_open 1 ENOTCONN\n", VG_DISK_ERROR_UNREACHABLE,
      "can't be opened" },
    { vg_rbd_snap_remove, "rbd_open 1 ESHUTDOWN\n", VG_DISK_ERROR_UNREACHABLE,
      "blocklist" },
    { vg_rbd_snap_remove, "rbd_snap_unprotect 1 EBUSY\n", VG_DISK_ERROR_BUSY,
      "can't be unprotected: it is in use, or clones depend on it" },
    { vg_rbd_snap_remove, "rbd_snap_remove 1 EROFS\n", VG_DISK_ERROR_DENIED,
      "snapshot now of RBD image vms/disk can't be removed" },
    { vg_rbd_snap_remove,
      "rbd_snap_remove 1 ENOENT\nrbd_snap_list 1 ETIMEDOUT\n",
      VG_DISK_ERROR_UNREACHABLE, "can't be removed" },
  };

  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    fails (fix, cases[i].deed, cases[i].fault, cases[i].code, cases[i].words);
    /* What lost its answer may be there, or not: so it is undone. */
    RBD_OK (vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
    rbd_assert_state ("vms/disk 1048576");
    rbd_fixture_take (fix);
    if (cases[i].deed == vg_rbd_snap_create)
      RBD_OK (
          vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  }
}

/* Rights: to read alone, and none at all. */
static void
test_denied (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgCluster) reader = rbd_fixture_connect ("reader");
  g_autoptr (VgCluster) stranger = rbd_fixture_connect ("stranger");
  static const Deed deeds[] = { vg_rbd_snap_create, vg_rbd_snap_protect,
                                vg_rbd_snap_unprotect, vg_rbd_snap_remove };
  g_autoptr (GError) error = NULL;

  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  rbd_fixture_take (fix);
  for (gsize i = 0; i < G_N_ELEMENTS (deeds); i++) {
    g_assert_false (deeds[i](reader, RBD_IMAGE, RBD_SNAPSHOT, &error));
    rbd_assert_error (&error, VG_DISK_ERROR_DENIED,
                      "client.reader lacks permission in Ceph");
    g_assert_false (deeds[i](stranger, RBD_IMAGE, RBD_SNAPSHOT, &error));
    rbd_assert_error (&error, VG_DISK_ERROR_DENIED, "can't be opened");
  }
  RBD_OK (exists (reader, RBD_IMAGE, RBD_SNAPSHOT, &error));
  g_assert_false (exists (stranger, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_DENIED, "client.stranger");
}

/* Without a right to write, a snapshot can't be removed; but where there is
 * none, none has to be. */
static void
test_undo_denied (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgCluster) reader = rbd_fixture_connect ("reader");
  g_autoptr (VgCluster) stranger = rbd_fixture_connect ("stranger");
  g_autoptr (GError) error = NULL;

  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  RBD_OK (vg_rbd_snap_create (fix->cluster, RBD_IMAGE, "other", &error));
  RBD_OK (vg_rbd_snap_remove (reader, RBD_IMAGE, RBD_SNAPSHOT, &error));
  RBD_OK (vg_rbd_snap_unprotect (reader, RBD_IMAGE, RBD_SNAPSHOT, &error));
  g_assert_false (
      vg_rbd_snap_remove (stranger, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_DENIED, "can't be opened");
  fake_rbd_faults ("rbd_snap_list 1 EIO\n");
  g_assert_false (vg_rbd_snap_remove (reader, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_DENIED, "can't be opened");
  fake_rbd_faults (NULL);
  /* Also one that has clones, and so is in the trash. */
  rbd_fixture_take (fix);
  rbd_fixture_clone (fix, 2);
  for (int i = 0; i < 2; i++) {
    g_assert_false (
        vg_rbd_snap_remove (reader, RBD_IMAGE, RBD_SNAPSHOT, &error));
    rbd_assert_error (&error, VG_DISK_ERROR_DENIED, "can't be opened");
    RBD_OK (vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  }
}

/* ---- With clones */

/* Format 1: held by its clones, and as it was. */
static void
test_remove_cloned_1 (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  rbd_fixture_take (fix);
  RBD_OK (vg_rbd_snap_protect (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_fixture_clone (fix, 1);
  g_assert_false (
      vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_BUSY, "clones depend on it");
  rbd_assert_state ("images/clone 1048576 < vms/disk@now\n"
                    "vms/disk 1048576\nvms/disk@now 1048576 protected");
}

/* Format 2: out of the way at once, and gone with the last clone. */
static void
test_remove_cloned_2 (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  rbd_fixture_take (fix);
  rbd_fixture_clone (fix, 2);
  for (int i = 0; i < 2; i++)
    RBD_OK (vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  assert_exists (fix, FALSE);
  {
    g_autofree char *state = fake_rbd_describe (RBD_HOST);

    g_assert_nonnull (strstr (state, "vms/disk@trash:now"));
  }
  RBD_OK (vg_rbd_remove (fix->cluster, RBD_CLONE, &error));
  rbd_assert_state ("vms/disk 1048576");
}

/* The last clone went by somebody who had no right to the parent: then its
 * snapshot goes when it is removed again, and no other one. */
static void
test_remove_from_trash (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgCluster) glance = NULL;
  g_autoptr (GError) error = NULL;

  fake_rbd_new_user (RBD_HOST, "glance", RBD_KEY, "images=rw vms=r");
  glance = rbd_fixture_connect ("glance");
  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  /* More than are asked for at first. */
  for (int i = 0; i < 20; i++) {
    g_autofree char *name = g_strdup_printf ("s%d", i);

    RBD_OK (vg_rbd_snap_create (fix->cluster, RBD_IMAGE, name, &error));
    RBD_OK (vg_rbd_clone (fix->cluster, RBD_IMAGE, name, RBD_CLONE,
                          &(const VgRbdCloning){ .format = 2 }, &error));
    RBD_OK (vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, name, &error));
    RBD_OK (vg_rbd_remove (glance, RBD_CLONE, &error));
  }
  for (int i = 0; i < 20; i++) {
    g_autofree char *name = g_strdup_printf ("s%d", i);
    g_autofree char *hidden = g_strdup_printf ("@trash:%s ", name);
    g_autofree char *before = fake_rbd_describe (RBD_HOST);
    g_autofree char *after = NULL;

    g_assert_nonnull (strstr (before, hidden));
    RBD_OK (vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, name, &error));
    after = fake_rbd_describe (RBD_HOST);
    g_assert_null (strstr (after, hidden));
    g_assert_cmpuint (strlen (before) - strlen (after), ==,
                      strlen ("\nvms/disk@trash: 1048576") + strlen (name));
  }
  rbd_assert_state ("vms/disk 1048576");
}

/* One that is in use again, or went meanwhile, is no error; others are. */
static void
test_trash_errors (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  rbd_fixture_take (fix);
  rbd_fixture_clone (fix, 2);
  RBD_OK (vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  for (int i = 0; i < 2; i++) {
    fake_rbd_faults (i == 0 ? "rbd_snap_remove_by_id 1 ENOENT\n"
                            : "rbd_snap_remove_by_id 1 EBUSY\n");
    RBD_OK (vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
    g_assert_cmpuint (fake_rbd_count ("rbd_snap_remove_by_id"), ==, i + 1);
  }
  fails (fix, vg_rbd_snap_remove, "rbd_snap_remove_by_id 1 EPERM\n",
         VG_DISK_ERROR_DENIED, "can't be removed");
  /* What it was called, or whether it is in the trash, can't be told. */
  fake_rbd_forget_log ();
  fake_rbd_faults ("rbd_snap_get_namespace_type 1 EIO\n");
  RBD_OK (vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  fake_rbd_faults ("rbd_snap_get_trash_namespace 1 EIO\n");
  RBD_OK (vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  g_assert_cmpuint (fake_rbd_count ("rbd_snap_remove_by_id"), ==, 0);
}

/* ---- What an image is like */

static void
test_info (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    guint64 features;
    gboolean can_clone, fast_diff, deep_flatten;
  } cases[] = {
    { RBD_ALL, TRUE, TRUE, TRUE },
    { RBD_PLAIN, TRUE, FALSE, FALSE },
    { RBD_ALL & ~(guint64) RBD_PLAIN, FALSE, TRUE, TRUE },
    { 32, FALSE, FALSE, TRUE },
  };
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (VgRbdInfo) info = { 0 };

    rbd_fixture_make_image (9000001, cases[i].features);
    RBD_OK (vg_rbd_read_info (fix->cluster, RBD_IMAGE, &info, &error));
    g_assert_cmpuint (info.size, ==, 9000001);
    g_assert_null (info.parent);
    g_assert_cmpint (info.can_clone, ==, cases[i].can_clone);
    g_assert_cmpint (info.fast_diff, ==, cases[i].fast_diff);
    g_assert_cmpint (info.deep_flatten, ==, cases[i].deep_flatten);
  }
  {
    g_auto (VgRbdInfo) info = { 0 };

    /* One whose object map is wrong. */
    rbd_fixture_make_image (9000001, RBD_LOCKED);
    vg_rbd_restore_maps (fix->cluster, RBD_IMAGE);
    RBD_OK (vg_rbd_read_info (fix->cluster, RBD_IMAGE, &info, &error));
    g_assert_true (info.fast_diff);
    rbd_fixture_make_image (9000001, RBD_LOCKED);
    fake_rbd_faults ("rbd_rebuild_object_map 1 EIO\n");
    vg_rbd_restore_maps (fix->cluster, RBD_IMAGE);
    RBD_OK (vg_rbd_read_info (fix->cluster, RBD_IMAGE, &info, &error));
    g_assert_false (info.fast_diff);
  }
}

static void
assert_parent (RbdFixture *fix, const char *image, const char *expected)
{
  g_auto (VgRbdInfo) info = { 0 };
  g_autoptr (GError) error = NULL;

  RBD_OK (vg_rbd_read_info (fix->cluster, image, &info, &error));
  g_assert_nonnull (info.parent);
  if (!g_pattern_match_simple (expected, info.parent))
    g_error ("'%s' is not '%s'", info.parent, expected);
}

static void
test_info_parent (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  rbd_fixture_take (fix);
  rbd_fixture_clone (fix, 2);
  assert_parent (fix, RBD_CLONE, "vms/disk@now");
  /* In the trash: by its id. */
  fake_rbd_move_to_trash (RBD_HOST, RBD_IMAGE);
  assert_parent (fix, RBD_CLONE, "vms/*-*-*-*-*@now");
  /* In a namespace. */
  fake_rbd_new_image (RBD_HOST, "vms/tenant/disk", RBD_MIB, RBD_ORDER, RBD_ALL);
  RBD_OK (vg_rbd_snap_create (fix->cluster, "vms/tenant/disk", "s", &error));
  RBD_OK (vg_rbd_clone (fix->cluster, "vms/tenant/disk", "s", "images/other",
                        &(const VgRbdCloning){ .format = 2 }, &error));
  assert_parent (fix, "images/other", "vms/tenant/disk@s");
}

static void
test_info_errors (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const faults[] = {
    "rbd_get_size 1 ETIMEDOUT\n",
    "rbd_get_features 1 ETIMEDOUT\n",
    "rbd_get_flags 1 ETIMEDOUT\n",
    "rbd_get_parent 1 ETIMEDOUT\n",
  };
  g_autoptr (GError) error = NULL;
  g_auto (VgRbdInfo) info = { 0 };

  g_assert_false (vg_rbd_read_info (fix->cluster, RBD_IMAGE, &info, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_MISSING, "it is not there");
  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++) {
    fake_rbd_faults (faults[i]);
    g_assert_false (vg_rbd_read_info (fix->cluster, RBD_IMAGE, &info, &error));
    rbd_assert_error (&error, VG_DISK_ERROR_UNREACHABLE,
                      "RBD image vms/disk does not say what it is like");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  rbd_fixture_add ("/rbd-snap/create", NULL, test_snapshot);
  rbd_fixture_add ("/rbd-snap/remove", NULL, test_remove);
  rbd_fixture_add ("/rbd-snap/protect", NULL, test_protect);
  rbd_fixture_add ("/rbd-snap/errors", NULL, test_errors);
  rbd_fixture_add ("/rbd-snap/denied", NULL, test_denied);
  rbd_fixture_add ("/rbd-snap/undo-denied", NULL, test_undo_denied);
  rbd_fixture_add ("/rbd-snap/cloned/1", NULL, test_remove_cloned_1);
  rbd_fixture_add ("/rbd-snap/cloned/2", NULL, test_remove_cloned_2);
  rbd_fixture_add ("/rbd-snap/trash", NULL, test_remove_from_trash);
  rbd_fixture_add ("/rbd-snap/trash-errors", NULL, test_trash_errors);
  rbd_fixture_add ("/rbd-snap/info", NULL, test_info);
  rbd_fixture_add ("/rbd-snap/info/parent", NULL, test_info_parent);
  rbd_fixture_add ("/rbd-snap/info/errors", NULL, test_info_errors);
  return g_test_run ();
}
