/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration file: what is read, and where a mistake is said to be. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "util/config.h"

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
                                      "snapshot_image_format = raw\n",
                                      &error);

  g_assert_no_error (error);
  g_assert_cmpstr (config->store, ==, "cheap");
  g_assert_cmpstr (config->password, ==, "a\\nb ; c#");
  g_assert_cmpuint (config->upload_rate, ==, 10 << 20);
  g_assert_true (config->copy_to_base_stores);
  g_assert_true (config->allow_user_store);
  g_assert_cmpuint (config->num_retries, ==, 3);
  g_assert_cmpstr (config->valid_interfaces[0], ==, "admin");
  g_assert_cmpstr (config->valid_interfaces[1], ==, "public");
  g_assert_null (config->valid_interfaces[2]);
  g_assert_cmpstr (config->snapshot_image_format, ==, "raw");
  g_assert_cmpstr (config->quiesce, ==, "auto");
}

static void
test_empty (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgConfig) config = load ("", &error);

  g_assert_no_error (error);
  g_assert_null (config->store);
  g_assert_cmpuint (config->scratch_reserve, ==, 1 << 30);
}

static void
test_mistakes (void)
{
  static const struct {
    const char *text;
    const char *says;
  } cases[] = {
    { "[glance]\nstroe = fast\n", "*.conf:2: there is no option \"stroe\" in "
                                  "[glance]; *" },
    { "\n[galnce]\nstore = fast\n", "*.conf:2: there is no section [galnce]*" },
    { "[glance]\n\nnum_retries = many\n", "*.conf:3: num_retries = many: "
                                          "expected a whole number*" },
    { "[glance]\ninsecure = perhaps\n", "*:2: insecure = perhaps: expected "
                                        "true or false" },
    { "[glance]\nupload_rate = 5 apples\n", "*:2: upload_rate = 5 apples: *" },
    { "[libvirt]\nsnapshot_image_format = vhd\n",
      "*:2: *expected raw or qcow2" },
    { "[glance]\nstore = fast\nnonsense\n[libvirt]\n", "*:3: expected *" },
    { "store = fast\n", "*:1: expected *" },
    { "[libvirt]\nquiesce = never\n[glance]\nquiesce = never\n",
      "*:4: there is no option \"quiesce\" in [glance]*" },
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/values", test_values);
  g_test_add_func ("/config/empty", test_empty);
  g_test_add_func ("/config/mistakes", test_mistakes);
  g_test_add_func ("/config/missing-file", test_missing_file);
  g_test_add_func ("/config/exposed-secret", test_exposed_secret);
  return g_test_run ();
}
