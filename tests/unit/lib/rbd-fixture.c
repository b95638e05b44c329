/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A fake cluster for the tests of disk/rbd. */
#include "lib/rbd-fixture.h"

#include <string.h>

#include "lib/workdir.h"

#define FOLDER "VG_FAKE_CEPH"

void
rbd_fixture_set_up (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *folder = workdir_new ();

  g_unsetenv ("CEPH_CONF");
  g_setenv (FOLDER, folder, TRUE);
  fake_rbd_new_cluster (RBD_HOST, RBD_FSID);
  fake_rbd_new_user (RBD_HOST, "admin", RBD_KEY, "*=rw");
  fake_rbd_new_user (RBD_HOST, "nova", RBD_KEY, "vms=rw images=rw");
  fake_rbd_new_user (RBD_HOST, "reader", RBD_KEY, "vms=r images=r");
  fake_rbd_new_user (RBD_HOST, "stranger", RBD_KEY, "");
  fake_rbd_new_pool (RBD_HOST, "vms");
  fake_rbd_new_pool (RBD_HOST, "images");
  fake_rbd_new_pool (RBD_HOST, "closed");
  fix->cluster = rbd_fixture_connect ("nova");
}

/* The fake ends the program if something is still open. */
void
rbd_fixture_tear_down (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  vg_cluster_free (fix->cluster);
  workdir_remove (g_strdup (g_getenv (FOLDER)));
}

void
rbd_fixture_add (const char *path, gconstpointer data,
                 void (*test) (RbdFixture *, gconstpointer))
{
  g_test_add (path, RbdFixture, data, rbd_fixture_set_up, test,
              rbd_fixture_tear_down);
}

VgCluster *
rbd_fixture_connect (const char *user)
{
  VgClusterAccess access = { .monitors = RBD_HOST ":6789",
                             .user = user,
                             .key = RBD_KEY };
  g_autoptr (GError) error = NULL;
  VgCluster *cluster = vg_cluster_connect (&access, &error);

  g_assert_no_error (error);
  g_assert_nonnull (cluster);
  return cluster;
}

void
rbd_fixture_make_image (guint64 size, guint64 features)
{
  fake_rbd_new_image (RBD_HOST, RBD_IMAGE, size, RBD_ORDER, features);
}

void
rbd_fixture_take (const RbdFixture *fix)
{
  g_autoptr (GError) error = NULL;

  RBD_OK (vg_rbd_snap_create (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
}

void
rbd_fixture_clone (const RbdFixture *fix, guint format)
{
  VgRbdCloning cloning = { .format = format };
  g_autoptr (GError) error = NULL;

  RBD_OK (vg_rbd_clone (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, RBD_CLONE,
                        &cloning, &error));
}

void
rbd_assert_error (GError **error, VgDiskError code, const char *words)
{
  g_assert_error (*error, VG_DISK_ERROR, (int) code);
  if (strstr ((*error)->message, words) == NULL)
    g_error ("'%s' does not say '%s'", (*error)->message, words);
  g_clear_error (error);
}

void
rbd_assert_state (const char *expected)
{
  g_autofree char *state = fake_rbd_describe (RBD_HOST);

  g_assert_cmpstr (state, ==, expected);
}

void
rbd_fixture_make_clone (const RbdFixture *fix, guint format)
{
  g_autoptr (GError) error = NULL;

  rbd_fixture_make_image (RBD_DATA_SIZE, RBD_ALL);
  fake_rbd_fill (RBD_HOST, RBD_IMAGE, 1000, 3 * RBD_OBJECT, 1);
  fake_rbd_fill (RBD_HOST, RBD_IMAGE, RBD_MIB - 200, 100, 2);
  rbd_fixture_take (fix);
  if (format == 1)
    RBD_OK (
        vg_rbd_snap_protect (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_fixture_clone (fix, format);
}

void
rbd_assert_same (const char *image, const char *snapshot)
{
  gsize length, other_length;
  g_autofree guint8 *bytes =
      fake_rbd_export (RBD_HOST, RBD_IMAGE, NULL, &length);
  g_autofree guint8 *other =
      fake_rbd_export (RBD_HOST, image, snapshot, &other_length);

  g_assert_cmpmem (bytes, length, other, other_length);
}

void
rbd_assert_children (const RbdFixture *fix, gboolean expected)
{
  g_autoptr (GError) error = NULL;
  gboolean has = !expected;

  RBD_OK (vg_rbd_has_children (fix->cluster, RBD_IMAGE, &has, &error));
  g_assert_cmpint (has, ==, expected);
}
