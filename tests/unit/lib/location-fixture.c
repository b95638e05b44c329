/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image that is to get a location in the fake Glance. */
#include "lib/location-fixture.h"

#include <string.h>

static void
set_up (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->config = fake_config (fake);
  f->glance = fake_session (f->config);
}

static void
tear_down (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  vg_glance_free (f->glance);
  vg_config_free (f->config);
  vg_image_record_free (f->record);
  g_clear_error (&f->error);
}

void
location_start (LocationFixture *f, const char *config, const char *rules)
{
  g_autofree char *settings = g_strdup_printf ("{'config':{%s}}", config);
  g_autofree char *order = g_strdup_printf ("{'rules':[%s]}", rules);

  fake_reset (fake, settings);
  vg_glance_free (f->glance);
  f->glance = fake_session (f->config);
  fake_make_image (f->glance);
  fake_control (fake, order);
}

void
location_add (LocationFixture *f, const char *url, GCancellable *cancellable)
{
  g_clear_pointer (&f->record, vg_image_record_free);
  g_clear_error (&f->error);
  f->record = vg_glance_add_location (f->glance, FAKE_IMAGE, url, cancellable,
                                      &f->error);
}

void
location_assert_asked (guint posts, guint patches)
{
  g_assert_cmpuint (fake_count (fake, "POST", LOCATION_POST), ==, posts);
  g_assert_cmpuint (fake_count (fake, "PATCH", FAKE_IMAGE_PATH), ==, patches);
}

void
location_assert_active (LocationFixture *f)
{
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->record->id, ==, FAKE_IMAGE);
  g_assert_cmpstr (f->record->status, ==, "active");
  g_assert_cmpuint (f->record->size, ==, 4096);
  g_assert_cmpstr (f->record->stores[0], ==, "ceph");
}

void
location_assert_failed (LocationFixture *f, gint code, const char *pattern)
{
  g_assert_null (f->record);
  g_assert_error (f->error, VG_GLANCE_ERROR, code);
  g_test_message ("%s", f->error->message);
  if (!g_pattern_match_simple (pattern, f->error->message))
    g_error ("not like \"%s\": %s", pattern, f->error->message);
  g_assert_null (strstr (f->error->message, "fake-"));
}

void
location_assert_queued (void)
{
  g_autoptr (VgJson) image = fake_image (fake, FAKE_IMAGE);

  g_assert_cmpstr (vg_json_get_string (image, "status"), ==, "queued");
}

void
location_fixture_add (const char *path,
                      void (*test) (LocationFixture *, gconstpointer))
{
  g_test_add (path, LocationFixture, NULL, set_up, test, tear_down);
}
