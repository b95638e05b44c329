/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Credentials from the configuration file of an OpenStack service. */
#include <string.h>

#include "lib/credentials-fixture.h"

#define FILE_NAME "nova.conf"

/* Writes the file, and has auth_from name that section of it. */
static void
set_file (CredentialsFixture *f, const char *section, const char *text)
{
  g_assert_true (g_file_set_contents (FILE_NAME, text, -1, NULL));
  g_free (f->config->auth_from);
  f->config->auth_from =
      g_strdup_printf ("%s/" FILE_NAME ":%s", f->directory, section);
}

#define USER                                                                   \
  "[service_user]\n"                                                           \
  "send_service_user_token = true\n"                                           \
  "auth_type = password\n"                                                     \
  "auth_url = http://keystone/v3\n"                                            \
  "username = nova\n"                                                          \
  "password = hush\n"                                                          \
  "user_domain_name = Default\n"                                               \
  "project_name = service\n"                                                   \
  "project_domain_id = default\n"

static void
test_section (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  set_file (f, "service_user",
            "[DEFAULT]\nusername = nobody\n\n" USER
            "region_name = north\ncafile = /ca\ncertfile = /cert\n"
            "keyfile = /key\ninsecure = True\n"
            "[other]\nusername = nobody\n");
  c = credentials_load (f);
  g_assert_cmpint (c->method, ==, VG_AUTH_PASSWORD);
  g_assert_cmpstr (c->auth_url, ==, "http://keystone/v3");
  g_assert_cmpstr (c->username, ==, "nova");
  g_assert_cmpstr (c->password, ==, "hush");
  g_assert_cmpstr (c->user_domain_name, ==, "Default");
  g_assert_cmpstr (c->project_name, ==, "service");
  g_assert_cmpstr (c->project_domain_id, ==, "default");
  g_assert_cmpstr (c->region_name, ==, "north");
  g_assert_cmpstr (c->cafile, ==, "/ca");
  g_assert_cmpstr (c->certfile, ==, "/cert");
  g_assert_cmpstr (c->keyfile, ==, "/key");
  g_assert_true (c->insecure);
  g_assert_cmpstr (c->interfaces[0], ==, "internal");
  g_assert_true (g_str_has_prefix (c->source, "[service_user] of /"));
}

/* Whatever oslo.config takes for a line. */
static void
test_syntax (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  set_file (
      f, "a",
      "; a comment\n# another\n[x]\nlist = 1,\n  2,\n\t3\nnothing=\n"
      "[a]\nauth_url:http://keystone:5000/v3\n"
      "username = \"nova\"\nusername = 'the last'  \r\n"
      "password = \"hush = : ; # $$x $5 $$\n"
      "project_name=\"'service'\"\nuser_name = former\n"
      "empty = \n\n[x]\npassword = another\n[a]\nuser_domain_name = \"\n");
  c = credentials_load (f);
  g_assert_cmpstr (c->auth_url, ==, "http://keystone:5000/v3");
  g_assert_cmpstr (c->username, ==, "the last");
  g_assert_cmpstr (c->password, ==, "\"hush = : ; # $x $5 $");
  g_assert_cmpstr (c->project_name, ==, "'service'");
  g_assert_cmpstr (c->user_domain_name, ==, "\"");
}

static void
test_former_names (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  set_file (f, "a",
            "[a]\nauth_plugin = v3password\nauth_url = http://k\n"
            "user_name = nova\npassword = hush\ntenant_name = service\n");
  c = credentials_load (f);
  g_assert_cmpstr (c->auth_type, ==, "v3password");
  g_assert_cmpstr (c->username, ==, "nova");
  g_assert_cmpstr (c->project_name, ==, "service");
}

/* The connection's options stay those of the first section. */
static void
test_auth_section (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  set_file (f, "glance",
            "[glance]\nauth_section = service_user\nusername = nobody\n"
            "region_name = north\ncafile = /ca\n" USER
            "region_name = south\nkeyfile = /key\n");
  c = credentials_load (f);
  g_assert_cmpstr (c->username, ==, "nova");
  g_assert_cmpstr (c->region_name, ==, "north");
  g_assert_cmpstr (c->cafile, ==, "/ca");
  g_assert_null (c->keyfile);
  g_assert_false (c->insecure);
  g_assert_true (g_str_has_prefix (c->source, "[service_user] of /"));

  set_file (f, "glance", "[glance]\nauth_section = none\n");
  credentials_refuse (f, "*/nova.conf has no section ?none?; check auth_from");
}

/* Our own options come first. */
static void
test_own_options (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  set_file (f, "service_user", USER "region_name = south\n");
  f->config->project_id = g_strdup ("1234");
  f->config->region_name = g_strdup ("north");
  f->config->endpoint_override = g_strdup ("http://glance");
  c = credentials_load (f);
  g_assert_cmpstr (c->username, ==, "nova");
  g_assert_cmpstr (c->project_id, ==, "1234");
  g_assert_null (c->project_name);
  g_assert_cmpstr (c->region_name, ==, "north");
  g_assert_cmpstr (c->endpoint_override, ==, "http://glance");
}

static void
test_refused_values (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  set_file (f, "a", "[a]\nauth_url = http://$my_ip/v3\npassword = hush\n");
  credentials_refuse (f, "?a? of */nova.conf: auth_url refers to another "
                         "option*write $$ for*");
  set_file (f, "a", "[a]\nauth_url = http://k\npassword = hush${x}\n");
  credentials_refuse (f, "?a? of */nova.conf: password refers to another*");
  set_file (f, "a", "[a]\nauth_url = http://k\npassword = hush\n hush\n");
  credentials_refuse (f, "?a? of */nova.conf: password has several lines");
  set_file (f, "a", "[a]\nauth_url = http://k\nusername = x\n");
  credentials_refuse (f, "?a? of */nova.conf: the password * is missing");
}

static void
test_refused_files (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  set_file (f, "service_user", "[DEFAULT]\n#[service_user]\n");
  credentials_refuse (f, "*/nova.conf has no section ?service_user?; *");
  set_file (f, "a", "[a]\n\nhush\n");
  credentials_refuse (f, "*/nova.conf:3: expected *key = value*");
  set_file (f, "a", "  hush\n[a]\n");
  credentials_refuse (f, "*/nova.conf:1: an indented line that continues *");
  set_file (f, "a", "[a]\nx = 1\n\n  hush\n");
  credentials_refuse (f, "*/nova.conf:4: an indented line that continues *");
  set_file (f, "a", "[a]\n= hush\n");
  credentials_refuse (f, "*/nova.conf:2: a value without a key");
  set_file (f, "a", "[]\n");
  credentials_refuse (f, "*/nova.conf:1: expected ?section?");
  set_file (f, "a", "[a\nx = 1\n");
  credentials_refuse (f, "*/nova.conf:1: expected ?section?");
  set_file (f, "a", "[a]\nx = \xff\n");
  credentials_refuse (f, "*can't be read: */nova.conf:2: *not UTF-8*");
  g_clear_pointer (&f->config->auth_from, g_free);
  f->config->auth_from = g_strdup ("/nonexistent:a");
  credentials_refuse (f, "*can't be read: /nonexistent: *; check auth_from");
}

static void
test_refused_option (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const wrong[] = { "nova.conf:a", "/etc/nova/nova.conf",
                                       "/etc/nova/nova.conf:" };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
    f->config->auth_from = g_strdup (wrong[i]);
    credentials_refuse (f, "auth_from = *: expected FILE:SECTION, such as *");
    g_clear_pointer (&f->config->auth_from, g_free);
  }
  set_file (f, "service_user", USER);
  f->config->cloud = g_strdup ("devstack");
  credentials_refuse (f, "?glance? of *: set either cloud or auth_from");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  credentials_fixture_add ("/service-config/section", test_section);
  credentials_fixture_add ("/service-config/syntax", test_syntax);
  credentials_fixture_add ("/service-config/former-names", test_former_names);
  credentials_fixture_add ("/service-config/auth-section", test_auth_section);
  credentials_fixture_add ("/service-config/own-options", test_own_options);
  credentials_fixture_add ("/service-config/refused-values",
                           test_refused_values);
  credentials_fixture_add ("/service-config/refused-files", test_refused_files);
  credentials_fixture_add ("/service-config/refused-option",
                           test_refused_option);
  return credentials_fixture_run ();
}
