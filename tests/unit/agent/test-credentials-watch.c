/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the agent says about its credentials: each reason once. */
#include "agent/credentials-watch.h"
#include "lib/glance-fake.h"
#include "lib/log-record.h"

#define DENY                                                                   \
  "{'rules': [{'method': 'POST', 'path': '/v3/auth/tokens', 'status': 401, "   \
  "'times': 0}]}"

static void
test_check (void)
{
  Fake *fake = fake_new (NULL);
  g_autoptr (VgConfig) config = fake_config (fake);
  g_autofree char *complaint = NULL;

  vg_credentials_check (config, &complaint, NULL);
  g_assert_null (complaint);
  fake_control (fake, DENY);
  vg_credentials_check (config, &complaint, NULL);
  vg_credentials_check (config, &complaint, NULL);
  g_assert_cmpuint (log_record_count ("PRIORITY=4",
                                      "MESSAGE=no request can be*HTTP 401*",
                                      NULL),
                    ==, 1);
  fake_control (fake, "{'forget': true}");
  vg_credentials_check (config, &complaint, NULL);
  g_assert_cmpuint (log_record_count ("MESSAGE=*work again*", NULL), ==, 1);
  g_assert_null (complaint);
  fake_free (fake);
}

/* It ends while it waits for the next time. */
static void
test_end (void)
{
  Fake *fake = fake_new (NULL);
  g_autoptr (VgConfig) config = fake_config (fake);
  VgCredentialsWatch *watch = vg_credentials_watch_new (config);

  vg_credentials_watch_free (watch);
  fake_free (fake);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  log_record_init ();
  g_test_add_func ("/credentials-watch/check", test_check);
  g_test_add_func ("/credentials-watch/end", test_end);
  return g_test_run ();
}
