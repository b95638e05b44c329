/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session with the fake Glance. */
#include "lib/session-fixture.h"

#include <string.h>

Fake *fake;

static void
set_up (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  fake_reset (fake, NULL);
  f->config = fake_config (fake);
  f->glance = fake_session (f->config);
}

static void
tear_down (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  vg_glance_free (f->glance);
  vg_config_free (f->config);
  g_clear_error (&f->error);
}

void
session_renew (SessionFixture *f)
{
  vg_glance_free (f->glance);
  f->glance = fake_session (f->config);
}

void
session_assert_failed (SessionFixture *f, gint code, const char *pattern)
{
  g_assert_error (f->error, VG_GLANCE_ERROR, code);
  g_test_message ("%s", f->error->message);
  if (!g_pattern_match_simple (pattern, f->error->message))
    g_error ("not like \"%s\": %s", pattern, f->error->message);
  g_assert_null (strstr (f->error->message, "secret"));
  g_clear_error (&f->error);
}

void
session_fixture_add (const char *path,
                     void (*test) (SessionFixture *, gconstpointer))
{
  g_test_add (path, SessionFixture, NULL, set_up, test, tear_down);
}

int
session_fixture_run (void)
{
  int result;

  fake = fake_new (NULL);
  result = g_test_run ();
  fake_free (fake);
  return result;
}
