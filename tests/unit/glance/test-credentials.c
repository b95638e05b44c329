/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Precedence of credentials: environment, clouds.yaml, configuration. */
#include "lib/credentials-fixture.h"

static void
set_environment (void)
{
  g_setenv ("OS_AUTH_URL", "http://env/v3", TRUE);
  g_setenv ("OS_USERNAME", "env-user", TRUE);
  g_setenv ("OS_PASSWORD", "hush", TRUE);
  g_setenv ("OS_PROJECT_NAME", "env-project", TRUE);
}

static void
test_nothing (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  credentials_refuse (f, "*no credentials*OS_? *OS_CLOUD*[glance]*");
}

static void
test_config (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  credentials_set_config (f);
  c = credentials_load (f);
  g_assert_cmpint (c->method, ==, VG_AUTH_PASSWORD);
  g_assert_cmpstr (c->auth_url, ==, "http://config/v3");
  g_assert_cmpstr (c->region_name, ==, "config-region");
  g_assert_cmpstr (c->interfaces[0], ==, "internal");
  g_assert_cmpstr (c->interfaces[1], ==, "public");
}

static void
test_environment_wins (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  credentials_set_config (f);
  f->config->endpoint_override = g_strdup ("http://elsewhere");
  f->config->cloud = g_strdup ("absent");
  set_environment ();
  c = credentials_load (f);
  g_assert_cmpstr (c->auth_url, ==, "http://env/v3");
  g_assert_cmpstr (c->username, ==, "env-user");
  /* Settings of another cloud are not mixed in. */
  g_assert_null (c->region_name);
  g_assert_null (c->endpoint_override);
  g_assert_cmpstr (c->interfaces[0], ==, "public");
  g_assert_null (c->interfaces[1]);
}

static void
test_no_utf8 (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  set_environment ();
  g_setenv ("OS_PASSWORD", "hush\xff", TRUE);
  credentials_refuse (f, "the environment variable OS_PASSWORD is not UTF-8");
}

/* OS_* variables that select no credentials don't override the
 * configuration. */
static void
test_environment_beside (CredentialsFixture *f,
                         G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  credentials_set_config (f);
  g_setenv ("OS_REGION_NAME", "env-region", TRUE);
  g_setenv ("OS_USERNAME", "env-user", TRUE);
  g_setenv ("OS_CLOUD", "", TRUE);
  c = credentials_load (f);
  g_assert_cmpstr (c->username, ==, "config-user");
  g_assert_cmpstr (c->region_name, ==, "config-region");
}

static void
test_old_names (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  g_setenv ("OS_AUTH_URL", "http://env/v3", TRUE);
  g_setenv ("OS_USERID", "uid", TRUE);
  g_setenv ("OS_PASSWORD", "hush", TRUE);
  g_setenv ("OS_TENANT_ID", "tid", TRUE);
  g_setenv ("OS_ENDPOINT_TYPE", "adminURL", TRUE);
  g_setenv ("OS_CACERT", "/ca", TRUE);
  g_setenv ("OS_CERT", "/cert", TRUE);
  g_setenv ("OS_KEY", "/key", TRUE);
  g_setenv ("OS_INSECURE", "True", TRUE);
  c = credentials_load (f);
  g_assert_cmpstr (c->user_id, ==, "uid");
  g_assert_cmpstr (c->project_id, ==, "tid");
  g_assert_cmpstr (c->interfaces[0], ==, "admin");
  g_assert_cmpstr (c->cafile, ==, "/ca");
  g_assert_cmpstr (c->certfile, ==, "/cert");
  g_assert_cmpstr (c->keyfile, ==, "/key");
  g_assert_true (c->insecure);
}

/* TLS options of the configuration apply to OS_* credentials as well; options
 * that select a cloud don't. */
static void
test_config_tls (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL, own = NULL;

  credentials_set_config (f);
  f->config->endpoint_override = g_strdup ("http://config/");
  f->config->cafile = g_strdup ("/conf/ca");
  f->config->certfile = g_strdup ("/conf/cert");
  f->config->keyfile = g_strdup ("/conf/key");
  f->config->insecure = TRUE;
  set_environment ();
  c = credentials_load (f);
  g_assert_cmpstr (c->auth_url, ==, "http://env/v3");
  g_assert_null (c->endpoint_override);
  g_assert_cmpstr (c->cafile, ==, "/conf/ca");
  g_assert_cmpstr (c->certfile, ==, "/conf/cert");
  g_assert_cmpstr (c->keyfile, ==, "/conf/key");
  g_assert_true (c->insecure);
  g_setenv ("OS_CACERT", "/ca", TRUE);
  g_setenv ("OS_CERT", "/cert", TRUE);
  own = credentials_load (f);
  g_assert_cmpstr (own->cafile, ==, "/ca");
  g_assert_cmpstr (own->certfile, ==, "/cert");
  g_assert_null (own->keyfile);
}

static void
test_missing (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_setenv ("OS_TOKEN", "hush", TRUE);
  credentials_refuse (f, "*OS_? variables: *OS_AUTH_URL* is missing");
  g_setenv ("OS_AUTH_URL", "http://env", TRUE);
  credentials_refuse (f, "*OS_PROJECT_NAME*");
  g_unsetenv ("OS_TOKEN");
  credentials_refuse (f, "*OS_USERNAME*");
  g_setenv ("OS_USERNAME", "u", TRUE);
  credentials_refuse (f, "*OS_PASSWORD*");
  g_setenv ("OS_PASSWORD", "hush", TRUE);
  credentials_refuse (f, "*OS_PROJECT_NAME*");
  g_setenv ("OS_APPLICATION_CREDENTIAL_SECRET", "hush", TRUE);
  credentials_refuse (f, "*application_credential_id*");
  g_setenv ("OS_AUTH_TYPE", "v3oidc\n", TRUE);
  credentials_refuse (f, "*unknown auth_type 'v3oidc?x0a'*");
  g_setenv ("OS_AUTH_TYPE", "none", TRUE);
  credentials_refuse (f, "*OS_IMAGE_ENDPOINT_OVERRIDE*");
}

static void
test_without_keystone (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  VgCredentials *c;

  f->config->endpoint_override = g_strdup ("http://glance:9292");
  c = credentials_load (f);
  g_assert_cmpint (c->method, ==, VG_AUTH_NONE);
  vg_credentials_free (c);
  g_setenv ("OS_IMAGE_ENDPOINT_OVERRIDE", "http://other:9292", TRUE);
  g_setenv ("OS_TOKEN", "hush", TRUE);
  c = credentials_load (f);
  g_assert_cmpint (c->method, ==, VG_AUTH_STATIC_TOKEN);
  g_assert_cmpstr (c->endpoint_override, ==, "http://other:9292");
  vg_credentials_free (c);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  credentials_fixture_add ("/credentials/nothing", test_nothing);
  credentials_fixture_add ("/credentials/config", test_config);
  credentials_fixture_add ("/credentials/environment-wins",
                           test_environment_wins);
  credentials_fixture_add ("/credentials/no-utf8", test_no_utf8);
  credentials_fixture_add ("/credentials/environment-beside",
                           test_environment_beside);
  credentials_fixture_add ("/credentials/old-names", test_old_names);
  credentials_fixture_add ("/credentials/config-tls", test_config_tls);
  credentials_fixture_add ("/credentials/missing", test_missing);
  credentials_fixture_add ("/credentials/without-keystone",
                           test_without_keystone);
  return credentials_fixture_run ();
}
