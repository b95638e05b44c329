/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Keystone is asked with credentials, and where. */
#include "glance/keystone.h"

static void
assert_question (const VgCredentials *c, const char *expected)
{
  g_autoptr (VgJson) question = vg_keystone_question (c);
  g_autoptr (VgJson) other = vg_json_parse (expected, -1, NULL);

  g_assert_nonnull (other);
  if (!json_object_equal (question, other))
    g_error ("not %s: %s", expected, json_object_to_json_string (question));
}

static void
test_questions (void)
{
  VgCredentials c = { .method = VG_AUTH_PASSWORD,
                      .username = (char *) "u",
                      .password = (char *) "p",
                      .project_name = (char *) "n",
                      .project_domain_name = (char *) "d" };

  assert_question (
      &c, "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":"
          "{\"user\":{\"name\":\"u\",\"domain\":{\"id\":\"default\"},"
          "\"password\":\"p\"}}},\"scope\":{\"project\":{\"name\":\"n\","
          "\"domain\":{\"name\":\"d\"}}}}}");
  c.user_id = (char *) "uid";
  c.project_id = (char *) "pid";
  assert_question (
      &c, "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":"
          "{\"user\":{\"id\":\"uid\",\"password\":\"p\"}}},"
          "\"scope\":{\"project\":{\"id\":\"pid\"}}}}");
  c.method = VG_AUTH_TOKEN;
  c.token = (char *) "t";
  assert_question (&c, "{\"auth\":{\"identity\":{\"methods\":[\"token\"],"
                       "\"token\":{\"id\":\"t\"}},"
                       "\"scope\":{\"project\":{\"id\":\"pid\"}}}}");
  /* An application credential implies its project: a scope would cause a
   * 401. */
  c.method = VG_AUTH_APPLICATION_CREDENTIAL;
  c.application_credential_name = (char *) "a";
  c.application_credential_secret = (char *) "s";
  assert_question (&c, "{\"auth\":{\"identity\":{\"methods\":"
                       "[\"application_credential\"],"
                       "\"application_credential\":{\"name\":\"a\",\"user\":"
                       "{\"id\":\"uid\"},\"secret\":\"s\"}}}}");
  c.application_credential_id = (char *) "aid";
  assert_question (&c, "{\"auth\":{\"identity\":{\"methods\":"
                       "[\"application_credential\"],"
                       "\"application_credential\":{\"id\":\"aid\","
                       "\"secret\":\"s\"}}}}");
}

static void
test_addresses (void)
{
  static const char *const pairs[][2] = {
    { "http://h:9292", "http://h:9292" },
    { "http://h:9292/", "http://h:9292" },
    { "http://h:9292/v2", "http://h:9292" },
    { "http://h:9292/v2.16//", "http://h:9292" },
    { "http://h/image/v2/", "http://h/image" },
    { "http://h/image", "http://h/image" },
    { "http://h/v2/image", "http://h/v2/image" },
    { "http://h/volumes", "http://h/volumes" },
    { "http://h/v2beta", "http://h/v2beta" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++) {
    g_autofree char *trimmed = vg_keystone_trim_endpoint (pairs[i][0]);
    g_autofree char *tokens = vg_keystone_tokens_url (pairs[i][0]);
    g_autofree char *expected =
        g_strconcat (pairs[i][1], "/v3/auth/tokens", NULL);

    g_assert_cmpstr (trimmed, ==, pairs[i][1]);
    g_assert_cmpstr (tokens, ==, expected);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/credentials/questions", test_questions);
  g_test_add_func ("/credentials/addresses", test_addresses);
  return g_test_run ();
}
