/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connecting to Ceph: as whom, where, with which key; and what is said where
 * that can't be, or an operation fails. Without Ceph: see lib/fake-rbd.h. */
#include <string.h>

#include "lib/rbd-fixture.h"
#include "lib/workdir.h"

#define OTHER_HOST "ceph-b"
#define OTHER_FSID "ffffffff-1111-4222-8333-444455556666"
#define OTHER_KEY "AQBvdGhlciBrZXkgaXMgaGVyZSBub3cgQUFBQUE="

/* Connects, to that cluster. */
static void
connects (const VgClusterAccess *access, const char *fsid, const char *user)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgCluster) cluster = vg_cluster_connect (access, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (cluster->fsid, ==, fsid);
  g_assert_cmpstr (cluster->user, ==, user);
}

/* Fails so; the message has no key. */
static void
refuses (const VgClusterAccess *access, VgDiskError code, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_cluster_connect (access, &error));
  g_assert_nonnull (error);
  g_assert_null (strstr (error->message, "AQB"));
  rbd_assert_error (&error, code, words);
}

static void
test_ok (RbdFixture *fix G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
  VgClusterAccess access = { .monitors = RBD_HOST,
                             .user = "nova",
                             .key = RBD_KEY };

  connects (&access, RBD_FSID, "nova");
  access.monitors = RBD_HOST ":6789";
  connects (&access, RBD_FSID, "nova");
  access.monitors = "nowhere:6789," RBD_HOST ":6789";
  connects (&access, RBD_FSID, "nova");
  access.user = NULL;
  connects (&access, RBD_FSID, "admin");
}

/* Ceph's own settings: nothing is waited for, printed, or left open. */
static void
test_options (RbdFixture *fix G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const options[] = {
    "client_mount_timeout",
    "rados_mon_op_timeout",
    "rados_osd_op_timeout",
    "log_to_stderr",
    "err_to_stderr",
    "admin_socket",
    "rbd_cache",
  };
  g_autofree char *socket =
      g_build_filename (g_getenv ("VG_FAKE_CEPH"), RBD_HOST, "asok", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (options); i++) {
    g_autofree char *call = g_strconcat ("rados_conf_set ", options[i], NULL);

    g_assert_cmpuint (fake_rbd_count (call), ==, 1);
  }
  g_assert_false (g_file_test (socket, G_FILE_TEST_EXISTS));
}

/* ---- ceph.conf and keyrings */

typedef struct {
  char *dir, *conf, *keyring;
} Files;

static void
make_files (Files *files, const char *more)
{
  g_autofree char *keyring =
      g_strdup_printf ("[client.nova]\nkey = %s\n", RBD_KEY);
  g_autofree char *conf = NULL;

  files->dir = workdir_new ();
  files->keyring = workdir_file (files->dir, "keyring", keyring);
  conf = g_strdup_printf ("[global]\nmon host = %s\n%s\n", RBD_HOST, more);
  files->conf = workdir_file (files->dir, "ceph.conf", conf);
}

static void
clear_files (Files *files)
{
  g_free (files->conf);
  g_free (files->keyring);
  workdir_remove (files->dir);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Files, clear_files)

static void
test_conf (RbdFixture *fix G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
  g_auto (Files) files = { NULL, NULL, NULL };
  VgClusterAccess access = { .user = "nova" };

  make_files (&files, "rados_osd_op_timeout = 0\nerr_to_stderr = true");
  access.conf = files.conf;
  refuses (&access, VG_DISK_ERROR_DENIED, "there is no key for client.nova");
  access.keyring = files.keyring;
  connects (&access, RBD_FSID, "nova");
  /* Ours stands above ceph.conf: monitors, a key, how long we wait. */
  fake_rbd_new_cluster (OTHER_HOST, OTHER_FSID);
  fake_rbd_new_user (OTHER_HOST, "nova", OTHER_KEY, "");
  access.monitors = OTHER_HOST;
  access.key = OTHER_KEY;
  connects (&access, OTHER_FSID, "nova");
  fake_rbd_faults ("rados_cluster_fsid 1 ETIMEDOUT\n");
  refuses (&access, VG_DISK_ERROR_UNREACHABLE, "no monitor answered");
}

/* A key that is given is used alone: no keyring that ceph.conf names. */
static void
test_key_above_keyring (RbdFixture *fix G_GNUC_UNUSED,
                        gconstpointer data G_GNUC_UNUSED)
{
  g_auto (Files) files = { NULL, NULL, NULL };
  VgClusterAccess access = { .user = "nova", .key = OTHER_KEY };

  make_files (&files, "");
  access.conf = files.conf;
  access.keyring = files.keyring;
  fake_rbd_forget_log ();
  refuses (&access, VG_DISK_ERROR_DENIED, "its key is not that");
  g_assert_cmpuint (fake_rbd_count ("rados_conf_set keyring"), ==, 1);
  g_assert_cmpuint (fake_rbd_count ("rados_conf_set key"), ==, 1);
  access.key = NULL;
  connects (&access, RBD_FSID, "nova");
}

/* Where Ceph looks for it by itself. */
static void
test_conf_default (RbdFixture *fix G_GNUC_UNUSED,
                   gconstpointer data G_GNUC_UNUSED)
{
  g_auto (Files) files = { NULL, NULL, NULL };
  VgClusterAccess access = { .user = "nova", .key = RBD_KEY };

  refuses (&access, VG_DISK_ERROR_OPEN, "/etc/ceph/ceph.conf can't be used");
  make_files (&files, "");
  g_setenv ("CEPH_CONF", files.conf, TRUE);
  connects (&access, RBD_FSID, "nova");
  g_unsetenv ("CEPH_CONF");
}

static void
test_conf_bad (RbdFixture *fix G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
  g_auto (Files) files = { NULL, NULL, NULL };
  VgClusterAccess access = { .conf = "/nonexistent/ceph.conf",
                             .monitors = RBD_HOST,
                             .user = "nova",
                             .key = RBD_KEY };
  g_autofree char *bad = NULL;

  refuses (&access, VG_DISK_ERROR_OPEN,
           "/nonexistent/ceph.conf can't be used to connect to Ceph: No such");
  make_files (&files, "");
  bad = workdir_file (files.dir, "bad.conf", "this is no [section\n");
  access.conf = bad;
  refuses (&access, VG_DISK_ERROR_OPEN, "bad.conf can't be used");
}

/* Each setting that Ceph may not take. */
static void
test_option_bad (RbdFixture *fix G_GNUC_UNUSED,
                 gconstpointer data G_GNUC_UNUSED)
{
  VgClusterAccess access = { .monitors = RBD_HOST,
                             .user = "nova",
                             .key = RBD_KEY };

  for (guint i = 1; i <= 10; i++) {
    g_autofree char *fault = g_strdup_printf ("rados_conf_set %u EINVAL\n", i);

    fake_rbd_faults (fault);
    refuses (&access, VG_DISK_ERROR_OPEN,
             "can't be used to connect to Ceph: Invalid argument");
  }
  access.key = NULL;
  access.keyring = "/nonexistent";
  fake_rbd_faults ("rados_conf_set 9 EINVAL\n");
  refuses (&access, VG_DISK_ERROR_OPEN, "keyring can't be used");
  fake_rbd_faults ("rados_create2 1 EINVAL\n");
  refuses (&access, VG_DISK_ERROR_OPEN, "client.nova can't be used");
}

/* ---- Refusals */

static void
test_refused (RbdFixture *fix G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
  VgClusterAccess wrong = { .monitors = RBD_HOST,
                            .user = "nova",
                            .key = OTHER_KEY };
  VgClusterAccess nobody = { .monitors = RBD_HOST,
                             .user = "nobody",
                             .key = RBD_KEY };
  VgClusterAccess bad = { .monitors = RBD_HOST,
                          .user = "nova",
                          .key = "AQB secret!" };
  VgClusterAccess no_keyring = { .monitors = RBD_HOST,
                                 .user = "nova",
                                 .keyring = "/nonexistent" };
  VgClusterAccess malformed = { .monitors = "[::1",
                                .user = "nova",
                                .key = RBD_KEY };

  refuses (&wrong, VG_DISK_ERROR_DENIED,
           "connecting as client.nova to the Ceph cluster at " RBD_HOST
           " failed: its key is not that of client.nova");
  refuses (&nobody, VG_DISK_ERROR_DENIED, "there is no such user");
  refuses (&bad, VG_DISK_ERROR_OPEN, "or the key is malformed");
  refuses (&no_keyring, VG_DISK_ERROR_DENIED, "no key for client.nova");
  refuses (&malformed, VG_DISK_ERROR_OPEN, "a monitor address");
}

static void
test_no_monitors (RbdFixture *fix G_GNUC_UNUSED,
                  gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *conf = workdir_file (dir, "ceph.conf", "[global]\n");
  VgClusterAccess access = { .conf = conf, .user = "nova", .key = RBD_KEY };

  refuses (&access, VG_DISK_ERROR_OPEN,
           "to the Ceph cluster at unknown monitors failed: no monitors");
}

static void
test_unreachable (RbdFixture *fix G_GNUC_UNUSED,
                  gconstpointer data G_GNUC_UNUSED)
{
  VgClusterAccess access = { .monitors = "nowhere:6789",
                             .user = "nova",
                             .key = RBD_KEY };

  refuses (&access, VG_DISK_ERROR_UNREACHABLE,
           "at nowhere:6789 failed: no monitor answered in time");
  access.monitors = RBD_HOST;
  fake_rbd_faults ("rados_connect 1 EIO\n");
  refuses (&access, VG_DISK_ERROR_OPEN, "failed: Input/output error");
}

/* ---- What errors mean */

static void
test_meanings (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *error;
    VgDiskError code;
    const char *words;
  } cases[] = {
    { "ENOENT", VG_DISK_ERROR_MISSING, "it is not there" },
    { "EEXIST", VG_DISK_ERROR_EXISTS, "there is one already" },
    { "ETIMEDOUT", VG_DISK_ERROR_UNREACHABLE, "did not answer in time" },
    { "ENOTCONN", VG_DISK_ERROR_UNREACHABLE, "connection to the Ceph cluster" },
    { "ESHUTDOWN", VG_DISK_ERROR_UNREACHABLE, "blocklist" },
    { "EDQUOT", VG_DISK_ERROR_FULL, "quota" },
    { "ENOSPC", VG_DISK_ERROR_FULL, "is full" },
    { "EBUSY", VG_DISK_ERROR_BUSY, "in use" },
    { "ENOTEMPTY", VG_DISK_ERROR_BUSY, "still has snapshots" },
    { "EPERM", VG_DISK_ERROR_DENIED, "client.nova lacks permission in Ceph" },
    { "EACCES", VG_DISK_ERROR_DENIED, "the caps 'profile rbd'" },
    { "EROFS", VG_DISK_ERROR_DENIED, "and for the image's data pool" },
    { "EIO", VG_DISK_ERROR_OPEN, "Input/output error" },
  };

  rbd_fixture_make_image (RBD_MIB, RBD_ALL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *fault =
        g_strdup_printf ("rbd_snap_create 1 %s\n", cases[i].error);
    g_autoptr (GError) error = NULL;

    fake_rbd_faults (fault);
    g_assert_false (
        vg_rbd_snap_create (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
    g_assert_true (g_str_has_prefix (error->message, "snapshot " RBD_SNAPSHOT
                                                     " of RBD image " RBD_IMAGE
                                                     " can't be created: "));
    rbd_assert_error (&error, cases[i].code, cases[i].words);
  }
}

/* Names of images, and pools that are not there. */
static void
test_names (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *name, *words;
  } bad[] = {
    { "nope/image", "pool nope of the Ceph cluster " RBD_FSID },
    { "vms/nope", "RBD image vms/nope can't be opened: it is not there" },
    { "vms/space/nope", "RBD image vms/space/nope can't be opened" },
    { "vms", "'vms' is not the name of an RBD image (POOL/IMAGE)" },
    { "/vms", "POOL/IMAGE" },
    { "vms/", "POOL/IMAGE" },
  };
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_false (
        vg_rbd_snap_create (fix->cluster, bad[i].name, "s", &error));
    rbd_assert_error (&error, VG_DISK_ERROR_MISSING, bad[i].words);
  }
  /* The same name in the pool itself, and in a namespace of it. */
  fake_rbd_new_image (RBD_HOST, "vms/space/disk", RBD_MIB, RBD_ORDER, RBD_ALL);
  RBD_OK (vg_rbd_snap_create (fix->cluster, "vms/space/disk", "s", &error));
  g_assert_false (vg_rbd_snap_create (fix->cluster, "vms/disk", "s", &error));
  rbd_assert_error (&error, VG_DISK_ERROR_MISSING, "vms/disk");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  rbd_fixture_add ("/rbd-cluster/ok", NULL, test_ok);
  rbd_fixture_add ("/rbd-cluster/options", NULL, test_options);
  rbd_fixture_add ("/rbd-cluster/conf", NULL, test_conf);
  rbd_fixture_add ("/rbd-cluster/conf-default", NULL, test_conf_default);
  rbd_fixture_add ("/rbd-cluster/conf-bad", NULL, test_conf_bad);
  rbd_fixture_add ("/rbd-cluster/key-above-keyring", NULL,
                   test_key_above_keyring);
  rbd_fixture_add ("/rbd-cluster/option-bad", NULL, test_option_bad);
  rbd_fixture_add ("/rbd-cluster/refused", NULL, test_refused);
  rbd_fixture_add ("/rbd-cluster/no-monitors", NULL, test_no_monitors);
  rbd_fixture_add ("/rbd-cluster/unreachable", NULL, test_unreachable);
  rbd_fixture_add ("/rbd-cluster/meanings", NULL, test_meanings);
  rbd_fixture_add ("/rbd-cluster/names", NULL, test_names);
  return g_test_run ();
}
