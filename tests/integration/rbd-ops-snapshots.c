/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images and their snapshots: what they are called, made, seen and denied. */
#include "integration/rbd-ops.h"

#include <string.h>

static void
test_names (OpsFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *name, *words;
  } bad[] = {
    { "nope/image", "pool nope of the Ceph cluster" },
    { "vms/nope", "RBD image vms/nope can't be opened: it is not there" },
    { "vms/space/nope", "vms/space/nope" },
    { "vms", "POOL/IMAGE" },
    { "/vms", "POOL/IMAGE" },
    { "vms/", "POOL/IMAGE" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (
        vg_rbd_snap_create (fix->cluster, bad[i].name, "s", &error));
    g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_MISSING);
    if (strstr (error->message, bad[i].words) == NULL)
      g_error ("'%s' does not say '%s'", error->message, bad[i].words);
  }
}

static void
test_snapshot (OpsFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  ops_assert_exists (fix, OPS_SNAPSHOT, FALSE);
  ops_make_image ("8M", "");
  ops_assert_exists (fix, OPS_SNAPSHOT, FALSE);
  OPS_OK (vg_rbd_snap_remove (fix->cluster, fix->image, OPS_SNAPSHOT, &error));
  g_assert_false (
      vg_rbd_snap_protect (fix->cluster, fix->image, OPS_SNAPSHOT, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_MISSING);
  g_clear_error (&error);
  ops_take (fix);
  ops_assert_exists (fix, OPS_SNAPSHOT, TRUE);
  g_assert_false (
      vg_rbd_snap_create (fix->cluster, fix->image, OPS_SNAPSHOT, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_EXISTS);
  g_clear_error (&error);
  for (int i = 0; i < 2; i++)
    OPS_OK (
        vg_rbd_snap_protect (fix->cluster, fix->image, OPS_SNAPSHOT, &error));
  ops_assert_prints ("true", "rbd snap ls " OPS_IMAGE
                             " --format json | jq -r '.[].protected'");
  for (int i = 0; i < 2; i++)
    OPS_OK (
        vg_rbd_snap_unprotect (fix->cluster, fix->image, OPS_SNAPSHOT, &error));
  OPS_OK (vg_rbd_snap_protect (fix->cluster, fix->image, OPS_SNAPSHOT, &error));
  for (int i = 0; i < 2; i++)
    OPS_OK (
        vg_rbd_snap_remove (fix->cluster, fix->image, OPS_SNAPSHOT, &error));
  ops_assert_exists (fix, OPS_SNAPSHOT, FALSE);
  OPS_OK (vg_rbd_snap_remove (fix->cluster, "vms/nope", "s", &error));
  OPS_OK (vg_rbd_snap_unprotect (fix->cluster, "vms/nope", "s", &error));
}

static void
test_info (OpsFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_auto (VgRbdInfo) info = { 0 };
  g_auto (VgRbdInfo) plain = { 0 };
  g_autoptr (GError) error = NULL;

  ops_make_image ("9000001B", "");
  OPS_OK (vg_rbd_read_info (fix->cluster, OPS_IMAGE, &info, &error));
  g_assert_cmpuint (info.size, ==, 9000001);
  g_assert_null (info.parent);
  g_assert_true (info.can_clone && info.fast_diff && info.deep_flatten);
  OPS_RUN ("rbd feature disable " OPS_IMAGE " fast-diff deep-flatten");
  OPS_OK (vg_rbd_read_info (fix->cluster, OPS_IMAGE, &plain, &error));
  g_assert_true (plain.can_clone && !plain.fast_diff && !plain.deep_flatten);
}

static void
test_denied (OpsFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgCluster) reader = ops_connect_as ("reader");
  g_autoptr (GError) error = NULL;

  ops_make_image ("8M", "");
  ops_take (fix);
  g_assert_false (vg_rbd_clone (reader, OPS_IMAGE, OPS_SNAPSHOT, OPS_CLONE,
                                &(const VgRbdCloning){ .format = 2 }, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_DENIED);
  g_assert_nonnull (strstr (error->message, "client.reader lacks permission"));
}

void
ops_add_snapshots (void)
{
  ops_add ("/names", NULL, test_names);
  ops_add ("/snapshot", NULL, test_snapshot);
  ops_add ("/info", NULL, test_info);
  ops_add ("/denied", NULL, test_denied);
}
