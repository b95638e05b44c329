/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Credentials of clouds.yaml and the files beside it. */
#include "lib/credentials-fixture.h"

static void
write_text (const char *name, const char *text)
{
  g_assert_true (g_file_set_contents (name, text, -1, NULL));
}

static const char clouds[] =
    "defaults: &defaults\n"
    "  region_name: merged\n"
    "clouds:\n"
    "  one:\n"
    "    <<: *defaults\n"
    "    auth:\n"
    "      auth_url: http://cloud/v3\n"
    "      username: cloud-user\n"
    "      project_id: cloud-project-id\n"
    "      user_domain_name: Cloud\n"
    "    interface: internalURL\n"
    "    verify: false\n"
    "    cacert: /cloud/ca\n"
    "  app:\n"
    "    auth_type: v3applicationcredential\n"
    "    auth: {auth_url: 'http://cloud', application_credential_id: app,\n"
    "           application_credential_secret: hush}\n"
    "    image_interface: [admin, public]\n"
    "    regions: [{name: first}, second]\n"
    "  vendor:\n"
    "    profile: example\n"
    "    auth: {username: u, password: hush, tenant_name: p}\n"
    "  unknown-vendor:\n"
    "    profile: nobody\n";

/* Each list of merge keys leads to all mappings of the level below: 20^8 ways,
 * and each is looked at once. Then anchors beyond all reason. */
static void
test_bombs (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GString) merges = g_string_new ("x0: &x0 {none: 1}\n");
  g_autoptr (GString) anchors = g_string_new ("clouds: {one: {}}\nx: [");
  gint64 began = g_get_monotonic_time ();

  for (int i = 1; i < 9; i++) {
    g_string_append_printf (merges, "x%d: &x%d\n  <<: [", i, i);
    for (int k = 0; k < 20; k++)
      g_string_append_printf (merges, "*x%d, ", i - 1);
    g_string_append (merges, "]\n");
  }
  g_string_append (merges, "clouds:\n  one:\n    <<: *x8\n");
  f->config->cloud = g_strdup ("one");
  write_text ("clouds.yaml", merges->str);
  credentials_refuse (f, "*auth_url*missing*");
  for (int i = 0; i < 30000; i++)
    g_string_append_printf (anchors, "&a%d x,", i);
  g_string_append (anchors, "]\n");
  write_text ("clouds.yaml", anchors->str);
  credentials_refuse (f, "*clouds.yaml: there are more than 1000 anchors*");
  g_test_message ("%ld ms", (long) (g_get_monotonic_time () - began) / 1000);
}

static void
test_cloud (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  write_text ("clouds.yaml", clouds);
  write_text ("secure.yaml", "clouds: {one: {auth: {password: hush}}}");
  credentials_set_config (f);
  g_setenv ("OS_CLOUD", "one", TRUE);
  c = credentials_load (f);
  g_assert_cmpstr (c->auth_url, ==, "http://cloud/v3");
  g_assert_cmpstr (c->password, ==, "hush");
  g_assert_cmpstr (c->project_id, ==, "cloud-project-id");
  g_assert_cmpstr (c->region_name, ==, "merged");
  g_assert_cmpstr (c->interfaces[0], ==, "internal");
  g_assert_cmpstr (c->cafile, ==, "/cloud/ca");
  g_assert_true (c->insecure);
}

/* OS_* variables override the cloud's settings; a project name clears the
 * id. */
static void
test_cloud_overlaid (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  write_text ("clouds.yaml", clouds);
  g_setenv ("OS_CLOUD", "one", TRUE);
  g_setenv ("OS_PASSWORD", "hush", TRUE);
  g_setenv ("OS_PROJECT_NAME", "env-project", TRUE);
  g_setenv ("OS_REGION_NAME", "env-region", TRUE);
  g_setenv ("OS_INTERFACE", "public", TRUE);
  c = credentials_load (f);
  g_assert_cmpstr (c->auth_url, ==, "http://cloud/v3");
  g_assert_cmpstr (c->project_name, ==, "env-project");
  g_assert_null (c->project_id);
  g_assert_cmpstr (c->user_domain_name, ==, "Cloud");
  g_assert_cmpstr (c->region_name, ==, "env-region");
  g_assert_cmpstr (c->interfaces[0], ==, "public");
}

static void
test_cloud_of_config (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  write_text ("clouds.yaml", clouds);
  f->config->cloud = g_strdup ("app");
  c = credentials_load (f);
  g_assert_cmpint (c->method, ==, VG_AUTH_APPLICATION_CREDENTIAL);
  g_assert_cmpstr (c->application_credential_secret, ==, "hush");
  g_assert_cmpstr (c->interfaces[0], ==, "admin");
  g_assert_cmpstr (c->interfaces[1], ==, "public");
  g_assert_cmpstr (c->region_name, ==, "first");
}

static void
test_vendor_profile (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  write_text ("clouds.yaml", clouds);
  write_text ("clouds-public.yaml",
              "public-clouds: {example: {auth: {auth_url: "
              "'http://vendor'}, region_name: r}}");
  g_setenv ("OS_CLOUD", "vendor", TRUE);
  c = credentials_load (f);
  g_assert_cmpstr (c->auth_url, ==, "http://vendor");
  g_assert_cmpstr (c->project_name, ==, "p");
  g_assert_cmpstr (c->region_name, ==, "r");
  g_setenv ("OS_CLOUD", "unknown-vendor", TRUE);
  credentials_refuse (f, "*clouds.yaml: *\"nobody\"*clouds-public.yaml*");
}

static void
test_cloud_files (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  g_setenv ("OS_CLOUD", "app", TRUE);
  credentials_refuse (f, "*no clouds.yaml*'app'*");
  write_text ("clouds.yaml", "clouds:\n  one: {}\n  two: {}\n");
  credentials_refuse (f, "*/clouds.yaml has no cloud 'app'; it has: one, two");
  write_text ("mine.json",
              "{\"clouds\": {\"app\": {\"auth\": {\"auth_url\": "
              "\"http://json\", \"application_credential_id\": \"a\", "
              "\"application_credential_secret\": \"hush\"}}}}");
  g_setenv ("OS_CLIENT_CONFIG_FILE", "mine.json", TRUE);
  c = credentials_load (f);
  g_assert_cmpstr (c->auth_url, ==, "http://json");
}

static void
test_cloud_nonsense (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const texts[] = { "",
                                       "[]",
                                       "clouds: 7",
                                       "clouds: [one]",
                                       "clouds: {one}",
                                       "a: &a {<<: *a}",
                                       "clouds: &c {<<: [*c, *c]}" };

  g_setenv ("OS_CLOUD", "one", TRUE);
  write_text ("clouds.yaml", "clouds:\n  one:\n   - {\n");
  credentials_refuse (f, "*/clouds.yaml:4: not valid YAML: *");
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    write_text ("clouds.yaml", texts[i]);
    credentials_refuse (f, "*clouds.yaml*");
  }
  write_text ("clouds.yaml", clouds);
  write_text ("secure.yaml", "clouds: [");
  credentials_refuse (f, "*/secure.yaml:*not valid YAML*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  credentials_fixture_add ("/credentials/bombs", test_bombs);
  credentials_fixture_add ("/credentials/cloud", test_cloud);
  credentials_fixture_add ("/credentials/cloud-overlaid", test_cloud_overlaid);
  credentials_fixture_add ("/credentials/cloud-of-config",
                           test_cloud_of_config);
  credentials_fixture_add ("/credentials/vendor-profile", test_vendor_profile);
  credentials_fixture_add ("/credentials/cloud-files", test_cloud_files);
  credentials_fixture_add ("/credentials/cloud-nonsense", test_cloud_nonsense);
  return credentials_fixture_run ();
}
