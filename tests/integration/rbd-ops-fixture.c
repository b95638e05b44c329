/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of rbd-ops share: the cloud's cluster, an image in it, and the
 * tools that look at it. */
#include "integration/rbd-ops.h"

const char *ops_conf;
char *ops_work;

char *
ops_run (const char *format, ...)
{
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;
  const char *argv[] = { "/bin/bash", "-euo", "pipefail", "-c", NULL, NULL };
  char *out = NULL;
  va_list args;
  int status;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  argv[4] = line;
  g_spawn_sync (ops_work, (char **) argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL,
                NULL, NULL, &out, NULL, &status, &error);
  g_assert_no_error (error);
  if (status != 0)
    g_error ("%s: status %d: %s", line, status, out);
  return g_strchomp (out);
}

void
ops_assert_prints (const char *expected, const char *command)
{
  g_autofree char *out = ops_run ("%s", command);

  g_assert_cmpstr (out, ==, expected);
}

VgCluster *
ops_connect_as (const char *user)
{
  g_autofree char *folder = g_path_get_dirname (ops_conf);
  g_autofree char *keyring =
      g_strdup_printf ("%s/ceph.client.%s.keyring", folder, user);
  VgClusterAccess access = { .conf = ops_conf,
                             .user = user,
                             .keyring = keyring };
  g_autoptr (GError) error = NULL;
  VgCluster *cluster = vg_cluster_connect (&access, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (cluster->fsid, ==, g_getenv ("VG_TEST_CEPH_FSID"));
  return cluster;
}

static void
remove_all (VgCluster *cluster)
{
  g_autoptr (GError) error = NULL;

  OPS_OK (vg_rbd_remove (cluster, OPS_CLONE, &error));
  OPS_OK (vg_rbd_remove (cluster, OPS_IMAGE, &error));
}

static void
set_up (OpsFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  fix->cluster = ops_connect_as ("nova");
  fix->image = OPS_IMAGE;
  remove_all (fix->cluster);
}

static void
tear_down (OpsFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  remove_all (fix->cluster);
  vg_cluster_free (fix->cluster);
}

void
ops_make_image (const char *size, const char *options)
{
  OPS_RUN ("rbd -n client.nova create --size %s %s " OPS_IMAGE, size, options);
}

void
ops_change (const char *image, const char *commands)
{
  OPS_RUN ("qemu-io -f raw %s rbd:%s:id=nova:conf=%s", commands, image,
           ops_conf);
}

void
ops_take (OpsFixture *fix)
{
  g_autoptr (GError) error = NULL;

  OPS_OK (vg_rbd_snap_create (fix->cluster, fix->image, OPS_SNAPSHOT, &error));
}

void
ops_assert_exists (OpsFixture *fix, const char *snapshot, gboolean expected)
{
  g_autoptr (GError) error = NULL;
  gboolean exists;

  OPS_OK (
      vg_rbd_snap_exists (fix->cluster, fix->image, snapshot, &exists, &error));
  g_assert_cmpint (exists, ==, expected);
}

void
ops_assert_children (OpsFixture *fix, gboolean expected)
{
  g_autoptr (GError) error = NULL;
  gboolean has;

  OPS_OK (vg_rbd_has_children (fix->cluster, OPS_IMAGE, &has, &error));
  g_assert_cmpint (has, ==, expected);
}

void
ops_make_clone (OpsFixture *fix, guint format)
{
  g_autoptr (GError) error = NULL;
  g_auto (VgRbdInfo) info = { 0 };

  OPS_OK (vg_rbd_clone (fix->cluster, OPS_IMAGE, OPS_SNAPSHOT, OPS_CLONE,
                        &(const VgRbdCloning){ .format = format }, &error));
  OPS_OK (vg_rbd_read_info (fix->cluster, OPS_CLONE, &info, &error));
  g_assert_cmpstr (info.parent, ==, OPS_IMAGE "@" OPS_SNAPSHOT);
  ops_assert_children (fix, TRUE);
  g_assert_false (
      vg_rbd_clone (fix->cluster, OPS_IMAGE, OPS_SNAPSHOT, OPS_CLONE,
                    &(const VgRbdCloning){ .format = format }, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_EXISTS);
}

void
ops_add (const char *path, const char *options,
         void (*test) (OpsFixture *, gconstpointer))
{
  g_test_add (path, OpsFixture, options, set_up, test, tear_down);
}
