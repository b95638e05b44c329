/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cloning RBD images. Without Ceph: see lib/fake-rbd.h. */
#include "lib/rbd-fixture.h"

/* ---- The format */

static void
assert_format (RbdFixture *fix, guint expected)
{
  g_autoptr (GError) error = NULL;
  guint format = 0;

  RBD_OK (vg_rbd_get_clone_format (fix->cluster, &format, &error));
  g_assert_cmpuint (format, ==, expected);
}

static void
test_format (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  guint format;

  assert_format (fix, 1);
  fake_rbd_require_client (RBD_HOST, 13);
  assert_format (fix, 2);
  fake_rbd_require_client (RBD_HOST, 16);
  assert_format (fix, 2);
  fake_rbd_faults ("rados_get_min_compatible_client 1 ETIMEDOUT\n");
  g_assert_false (vg_rbd_get_clone_format (fix->cluster, &format, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_UNREACHABLE,
                    "the Ceph cluster " RBD_FSID " does not say which clients");
}

/* What ceph.conf says stands above that. */
static void
test_format_conf (RbdFixture *fix G_GNUC_UNUSED,
                  gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *text;
    guint format;
  } cases[] = { { "1", 1 }, { "2", 2 }, { "auto", 1 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path =
        g_build_filename (g_getenv ("VG_FAKE_CEPH"), "ceph.conf", NULL);
    g_autofree char *text = g_strdup_printf (
        "[global]\nmon_host = " RBD_HOST "\nrbd default clone format = %s\n",
        cases[i].text);
    VgClusterAccess access = { .conf = path, .user = "nova", .key = RBD_KEY };
    g_autoptr (GError) error = NULL;
    RbdFixture other;

    g_file_set_contents (path, text, -1, &error);
    g_assert_no_error (error);
    other.cluster = vg_cluster_connect (&access, &error);
    g_assert_no_error (error);
    fake_rbd_require_client (RBD_HOST, cases[i].format == 1 ? 12 : 13);
    if (cases[i].format == 1 && *cases[i].text == '1')
      fake_rbd_require_client (RBD_HOST, 13);
    assert_format (&other, cases[i].format);
    vg_cluster_free (other.cluster);
  }
}

/* ---- Cloning */

static void
test_clone_1 (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  VgRbdCloning cloning = { .format = 1 };

  rbd_fixture_make_clone (fix, 1);
  rbd_assert_children (fix, TRUE);
  rbd_assert_same (RBD_CLONE, NULL);
  g_assert_false (vg_rbd_clone (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT,
                                RBD_CLONE, &cloning, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_EXISTS,
                    "snapshot now of RBD image vms/disk can't be cloned to "
                    "images/clone: there is one already");
  g_assert_false (vg_rbd_remove (fix->cluster, RBD_IMAGE, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_BUSY, "vms/disk can't be removed");
  RBD_OK (vg_rbd_flatten (fix->cluster, RBD_CLONE, NULL, NULL, NULL, &error));
  rbd_assert_children (fix, FALSE);
  rbd_assert_same (RBD_CLONE, NULL);
  RBD_OK (vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_assert_state ("images/clone 1048476\nvms/disk 1048476");
}

/* Format 1 needs a protected snapshot, format 2 none. */
static void
test_clone_unprotected (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  VgRbdCloning cloning = { .format = 1 };

  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  rbd_fixture_take (fix);
  g_assert_false (vg_rbd_clone (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT,
                                RBD_CLONE, &cloning, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_OPEN, "Invalid argument");
  rbd_fixture_clone (fix, 2);
  rbd_assert_state ("images/clone 1048576 < vms/disk@now\n"
                    "vms/disk 1048576\nvms/disk@now 1048576");
}

static guint64
get_features (RbdFixture *fix)
{
  g_auto (VgRbdInfo) info = { 0 };
  g_autoptr (GError) error = NULL;

  RBD_OK (vg_rbd_read_info (fix->cluster, RBD_CLONE, &info, &error));
  g_assert_true (info.can_clone);
  g_assert_true (info.deep_flatten);
  return info.fast_diff;
}

/* One that is flattened later has no object map until it is. */
static void
test_clone_resumable (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  VgRbdCloning cloning = { .format = 2, .resumable = TRUE };

  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  rbd_fixture_take (fix);
  rbd_fixture_clone (fix, 2);
  g_assert_true (get_features (fix));
  RBD_OK (vg_rbd_remove (fix->cluster, RBD_CLONE, &error));
  RBD_OK (vg_rbd_clone (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, RBD_CLONE,
                        &cloning, &error));
  g_assert_false (get_features (fix));
  RBD_OK (vg_rbd_snap_create (fix->cluster, RBD_CLONE, "snap", &error));
  RBD_OK (vg_rbd_flatten (fix->cluster, RBD_CLONE, NULL, NULL, NULL, &error));
  vg_rbd_restore_maps (fix->cluster, RBD_CLONE);
  g_assert_true (get_features (fix));
}

static void
clone_fails (VgCluster *cluster, const char *fault, const char *child,
             VgDiskError code, const char *words)
{
  VgRbdCloning cloning = { .format = 2, .resumable = TRUE };
  g_autoptr (GError) error = NULL;

  fake_rbd_faults (fault);
  g_assert_false (
      vg_rbd_clone (cluster, RBD_IMAGE, RBD_SNAPSHOT, child, &cloning, &error));
  rbd_assert_error (&error, code, words);
  fake_rbd_faults (NULL);
}

static void
test_clone_errors (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgCluster) reader = rbd_fixture_connect ("reader");
  g_autoptr (VgCluster) stranger = rbd_fixture_connect ("stranger");

  clone_fails (fix->cluster, NULL, RBD_CLONE, VG_DISK_ERROR_MISSING,
               "it is not there");
  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  clone_fails (fix->cluster, NULL, RBD_CLONE, VG_DISK_ERROR_MISSING,
               "snapshot now of RBD image vms/disk can't be cloned");
  rbd_fixture_take (fix);
  clone_fails (fix->cluster, NULL, "nope/clone", VG_DISK_ERROR_MISSING,
               "pool nope");
  clone_fails (fix->cluster, "rados_ioctx_create 1 EIO\n", RBD_CLONE,
               VG_DISK_ERROR_OPEN, "pool vms");
  clone_fails (fix->cluster, NULL, "closed/clone", VG_DISK_ERROR_DENIED,
               "client.nova lacks permission");
  clone_fails (reader, NULL, RBD_CLONE, VG_DISK_ERROR_DENIED,
               "client.reader lacks permission");
  clone_fails (stranger, NULL, RBD_CLONE, VG_DISK_ERROR_DENIED,
               "client.stranger lacks permission");
  clone_fails (fix->cluster, "rbd_clone3 1 EDQUOT\n", RBD_CLONE,
               VG_DISK_ERROR_FULL, "quota");
  clone_fails (fix->cluster, "rbd_clone3 1 ENOSPC\n", RBD_CLONE,
               VG_DISK_ERROR_FULL, "is full");
  clone_fails (fix->cluster, "rbd_image_options_set_uint64 1 ENOMEM\n",
               RBD_CLONE, VG_DISK_ERROR_OPEN, "Cannot allocate memory");
  clone_fails (fix->cluster, "rbd_image_options_set_uint64 2 ENOMEM\n",
               RBD_CLONE, VG_DISK_ERROR_OPEN, "Cannot allocate memory");
  rbd_assert_state ("vms/disk 1048576\nvms/disk@now 1048576");
}

/* What a clone that failed left is removed, whatever it is. */
static void
test_clone_rest (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const faults[] = {
    "rbd_clone3_begun 1 ETIMEDOUT\n",
    "rbd_clone3_made 1 ETIMEDOUT\n",
    "rbd_clone3 1 after-ETIMEDOUT\n",
    "rbd_clone3 1 ETIMEDOUT\n",
  };
  g_autoptr (GError) error = NULL;

  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  rbd_fixture_take (fix);
  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++) {
    clone_fails (fix->cluster, faults[i], RBD_CLONE, VG_DISK_ERROR_UNREACHABLE,
                 "did not answer in time");
    for (int times = 0; times < 2; times++)
      RBD_OK (vg_rbd_remove (fix->cluster, RBD_CLONE, &error));
    rbd_assert_state ("vms/disk 1048576\nvms/disk@now 1048576");
  }
}

/* ---- Children */

static void
test_children (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  rbd_assert_children (fix, FALSE);
  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  rbd_assert_children (fix, FALSE);
  rbd_fixture_take (fix);
  rbd_assert_children (fix, FALSE);
  rbd_fixture_clone (fix, 2);
  rbd_assert_children (fix, TRUE);
  RBD_OK (vg_rbd_clone (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, "images/b",
                        &(const VgRbdCloning){ .format = 2 }, &error));
  rbd_assert_children (fix, TRUE);
  RBD_OK (vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_assert_children (fix, TRUE);
  RBD_OK (vg_rbd_remove (fix->cluster, "images/b", &error));
  RBD_OK (vg_rbd_flatten (fix->cluster, RBD_CLONE, NULL, NULL, NULL, &error));
  rbd_assert_children (fix, FALSE);
}

static void
test_children_errors (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  gboolean has = TRUE;

  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  fake_rbd_faults ("rbd_open_read_only 1 EPERM\n");
  g_assert_false (vg_rbd_has_children (fix->cluster, RBD_IMAGE, &has, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_DENIED, "can't be opened");
  fake_rbd_faults ("rbd_list_children3 1 ETIMEDOUT\n");
  g_assert_false (vg_rbd_has_children (fix->cluster, RBD_IMAGE, &has, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_UNREACHABLE,
                    "RBD image vms/disk does not say what its clones are");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  rbd_fixture_add ("/rbd-clone/format", NULL, test_format);
  rbd_fixture_add ("/rbd-clone/format/conf", NULL, test_format_conf);
  rbd_fixture_add ("/rbd-clone/1", NULL, test_clone_1);
  rbd_fixture_add ("/rbd-clone/unprotected", NULL, test_clone_unprotected);
  rbd_fixture_add ("/rbd-clone/resumable", NULL, test_clone_resumable);
  rbd_fixture_add ("/rbd-clone/errors", NULL, test_clone_errors);
  rbd_fixture_add ("/rbd-clone/rest", NULL, test_clone_rest);
  rbd_fixture_add ("/rbd-clone/children", NULL, test_children);
  rbd_fixture_add ("/rbd-clone/children/errors", NULL, test_children_errors);
  return g_test_run ();
}
