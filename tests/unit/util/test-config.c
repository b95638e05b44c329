/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration file: values, and the line numbers of errors. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "util/config.h"

#include "lib/workdir.h"

#define FSID "2f0e1d4c-93b1-4b6e-8f0a-6c2d5e7f8a9b"
#define SECRET "0a1b2c3d-0000-4000-8000-00000000000a"

static VgConfig *
load (const char *text, GError **error)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("virt-glance-XXXXXX.conf", &path, NULL);
  VgConfig *config;

  g_assert_cmpint (fd, >=, 0);
  close (fd);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_chmod (path, 0600);
  config = vg_config_load (path, error);
  g_unlink (path);
  return config;
}

static void
test_values (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgConfig) config = load ("# a comment\n"
                                      "[glance]\n"
                                      "store = cheap\n"
                                      "password = a\\nb ; c# \n"
                                      "upload_rate=10M\n"
                                      "copy_to_base_stores = Yes\n"
                                      "valid_interfaces = admin , public\n"
                                      "[libvirt]\n"
                                      "snapshot_compression = zstd:19\n"
                                      "snapshot_image_format = raw\n",
                                      &error);

  g_assert_no_error (error);
  g_assert_cmpstr (config->store, ==, "cheap");
  g_assert_cmpstr (config->password, ==, "a\\nb ; c#");
  g_assert_cmpuint (config->upload_rate, ==, 10 << 20);
  g_assert_cmpuint (config->host_upload_rate, ==, 0);
  g_assert_cmpint (config->retry_hours, ==, 24);
  g_assert_true (g_str_has_suffix (config->drain_file, "/virt-glance/drain"));
  g_assert_true (config->copy_to_base_stores);
  g_assert_true (config->allow_user_store);
  g_assert_cmpuint (config->num_retries, ==, 3);
  g_assert_cmpstr (config->valid_interfaces[0], ==, "admin");
  g_assert_cmpstr (config->valid_interfaces[1], ==, "public");
  g_assert_null (config->valid_interfaces[2]);
  g_assert_cmpstr (config->snapshot_image_format, ==, "raw");
  g_assert_cmpstr (config->quiesce, ==, "auto");
  g_assert_cmpstr (config->snapshot_compression, ==, "zstd:19");
  g_assert_cmpuint (config->quiesce_timeout, ==, 5);
  g_assert_cmpstr (config->keep_definition, ==, "backups");
}

/* The former name of a renamed option is still accepted. */
static void
test_former_name (void)
{
  static const char *const names[] = { "libvirt_snapshot_directory",
                                       "snapshot_directory" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *text =
        g_strdup_printf ("[agent]\n%s = /var/snapshots\n", names[i]);
    g_autoptr (GError) error = NULL;
    g_autoptr (VgConfig) config = load (text, &error);

    g_assert_no_error (error);
    g_assert_cmpstr (config->libvirt_snapshot_directory, ==, "/var/snapshots");
  }
}

static void
test_ceph (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgConfig) config = load ("[store:rbd 1]\n"
                                      "rbd_store_pool = images\n"
                                      "fsid = " FSID "\n"
                                      "[ceph]\n"
                                      "rbd_ceph_conf = /etc/ceph/b.conf\n"
                                      "rbd_user = glance\n"
                                      "rbd_secret_uuid = " SECRET "\n"
                                      "rbd_keyring = /etc/ceph/k\n"
                                      "flatten = after\n"
                                      "[store:other]\n"
                                      "fsid = " SECRET "\n"
                                      "rbd_store_pool = a/b\n",
                                      &error);
  const VgConfigStore *store;

  g_assert_no_error (error);
  g_assert_cmpstr (config->rbd_ceph_conf, ==, "/etc/ceph/b.conf");
  g_assert_cmpstr (config->rbd_user, ==, "glance");
  g_assert_cmpstr (config->rbd_secret_uuid, ==, SECRET);
  g_assert_cmpstr (config->rbd_keyring, ==, "/etc/ceph/k");
  g_assert_true (config->flatten_after);
  g_assert_cmpuint (config->rbd_stores->len, ==, 2);
  store = g_ptr_array_index (config->rbd_stores, 0);
  g_assert_cmpstr (store->name, ==, "rbd 1");
  g_assert_cmpstr (store->fsid, ==, FSID);
  g_assert_cmpstr (store->pool, ==, "images");
  store = g_ptr_array_index (config->rbd_stores, 1);
  g_assert_cmpstr (store->name, ==, "other");
  g_assert_cmpstr (store->fsid, ==, SECRET);
  g_assert_cmpstr (store->pool, ==, "a/b");
}

static void
test_flatten (void)
{
  g_autoptr (VgConfig) before = load ("[ceph]\nflatten = before\n", NULL);
  g_autoptr (VgConfig) twice =
      load ("[ceph]\nflatten = after\nflatten = before\n", NULL);

  g_assert_false (before->flatten_after);
  g_assert_false (twice->flatten_after);
}

static void
test_empty (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgConfig) config = load ("", &error);

  g_assert_no_error (error);
  g_assert_null (config->store);
  g_assert_cmpuint (config->scratch_reserve, ==, 1 << 30);
  g_assert_null (config->rbd_ceph_conf);
  g_assert_false (config->flatten_after);
  g_assert_cmpuint (config->rbd_stores->len, ==, 0);
}

/* As nova.conf is read. */
static void
test_quotes (void)
{
  static const struct {
    const char *written, *meant;
  } cases[] = {
    { "\"a b\"", "a b" },   { "'a\"b'", "a\"b" },     { "\"a'", "\"a'" },
    { "\"", "\"" },         { "a\"b\"", "a\"b\"" },   { "\"\"", NULL },
    { " \" a \" ", " a " }, { "\"\"a\"\"", "\"a\"" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *text =
        g_strdup_printf ("[glance]\npassword = %s\n", cases[i].written);
    g_autoptr (VgConfig) config = load (text, &error);

    g_assert_no_error (error);
    g_assert_cmpstr (config->password, ==, cases[i].meant);
  }
}

static void
test_mistakes (void)
{
  static const struct {
    const char *text;
    const char *says;
  } cases[] = {
    { "[glance]\nstroe = fast\n", "*.conf:2: unknown option 'stroe' in "
                                  "[glance]; *" },
    { "\n[galnce]\nstore = fast\n", "*.conf:2: unknown section [galnce]*" },
    { "[glance]\n\nnum_retries = many\n", "*.conf:3: num_retries = many: "
                                          "expected a whole number*" },
    { "[agent]\nworkers = 0\n", "*:2: workers = 0: expected a whole number "
                                "from 1 to 100000*" },
    { "[glance]\ninsecure = perhaps\n", "*:2: insecure = perhaps: expected "
                                        "true or false" },
    { "[glance]\nupload_rate = 5 apples\n", "*:2: upload_rate = 5 apples: *" },
    { "[libvirt]\nsnapshot_compression = zstd:20\n",
      "*:2: *expected false, true, zlib, zlib:1 to zlib:9, zstd or *" },
    { "[libvirt]\nsnapshot_compression = zlib:\n", "*expected false, true*" },
    { "[libvirt]\nsnapshot_compression = none:1\n", "*expected false, true*" },
    { "[libvirt]\nsnapshot_image_format = vhd\n",
      "*:2: *expected raw or qcow2" },
    { "[glance]\nstore = fast\nnonsense\n[libvirt]\n", "*:3: expected *" },
    { "store = fast\n", "*:1: expected *" },
    { "[ceph]\nflatten = never\n",
      "*:2: flatten = never: expected before or after" },
    { "[ceph]\nflatten =\n", "*:2: flatten = : expected before or after" },
    { "[ceph]\nrbd_ceph_conf = ceph.conf\n", "*:2: *an absolute path" },
    { "[ceph]\nrbd_keyring = ~/keyring\n", "*:2: *an absolute path" },
    { "[DEFAULT]\nstate_path = /srv/\xff\n", "*:2: *0xff is not UTF-8*" },
    { "[ceph]\n\nrbd_secret_uuid = secret\n", "*:3: *expected a UUID" },
    { "[ceph]\nrbd_store_pool = x\n",
      "*:2: *unknown option 'rbd_store_pool'*" },
    { "[store:ceph]\nrbd_store_pool = images\n",
      "*:1: ?store:ceph] must set fsid*" },
    { "#\n[store:ceph]\nfsid = " FSID "\n", "*:2: *must set rbd_store_pool*" },
    { "[store:ceph]\nfsid = " FSID "\nrbd_store_pool =\n",
      "*:1: *must set rbd_store_pool*" },
    { "[store:ceph]\nrbd_store_pool = images\nfsid = 1\n",
      "*:3: fsid = 1: expected a UUID" },
    { "[store:ceph]\npool = images\n", "*:2: *unknown option 'pool'*" },
    { "[store:a]\nfsid = " FSID "\nrbd_store_pool = a\n[store:b]\n",
      "*:4: *store:b]*" },
    { "[store:]\nfsid = " FSID "\nrbd_store_pool = a\n",
      "*:1: *does not name a Glance store*" },
    { "[store]\nfsid = " FSID "\n", "*:1: unknown section *" },
    { "[libvirt]\nquiesce = never\n[glance]\nquiesce = never\n",
      "*:4: unknown option 'quiesce' in [glance]*" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (VgConfig) config = load (cases[i].text, &error);

    g_assert_null (config);
    g_assert_error (error, VG_CONFIG_ERROR, VG_CONFIG_ERROR_VALUE);
    g_test_message ("%s", error->message);
    g_assert_true (g_pattern_match_simple (cases[i].says, error->message));
  }
}

static void
test_missing_file (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgConfig) config = vg_config_load ("/nonexistent/x.conf", &error);

  g_assert_null (config);
  g_assert_error (error, VG_CONFIG_ERROR, VG_CONFIG_ERROR_READ);
}

static void
test_exposed_secret (void)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("virt-glance-XXXXXX.conf", &path, NULL);
  g_autoptr (VgConfig) config = NULL;

  close (fd);
  g_file_set_contents (path, "[glance]\npassword = hush\n", -1, NULL);
  g_chmod (path, 0644);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING,
                         "*can be read by every user*");
  config = vg_config_load (path, NULL);
  g_test_assert_expected_messages ();
  g_assert_cmpstr (config->password, ==, "hush");
  g_unlink (path);
}

/* Who can change the file, or a directory of policies, can say what is done. */
static void
test_doubtful (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *policies = workdir_path (dir, "open/policy.d");
  g_autofree char *open = workdir_path (dir, "open");
  g_autofree char *text =
      g_strdup_printf ("[agent]\npolicy_directory = %s\n", policies);
  g_autofree char *path = workdir_file (dir, "conf", text);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (policies, 0755), ==, 0);
  vg_config_free (vg_config_load (path, &error));
  vg_config_free (vg_config_load ("/dev/null", &error));
  g_assert_no_error (error);
  g_chmod (path, 0606);
  g_chmod (open, 0777);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING,
                         "*can change */conf: */conf can be changed by every*");
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING,
                         "*policy_directory*/open can be changed by every*");
  vg_config_free (vg_config_load (path, &error));
  g_test_assert_expected_messages ();
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/values", test_values);
  g_test_add_func ("/config/former-name", test_former_name);
  g_test_add_func ("/config/ceph", test_ceph);
  g_test_add_func ("/config/flatten", test_flatten);
  g_test_add_func ("/config/empty", test_empty);
  g_test_add_func ("/config/quotes", test_quotes);
  g_test_add_func ("/config/mistakes", test_mistakes);
  g_test_add_func ("/config/missing-file", test_missing_file);
  g_test_add_func ("/config/exposed-secret", test_exposed_secret);
  g_test_add_func ("/config/doubtful", test_doubtful);
  return g_test_run ();
}
