/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies of images to other stores, with a misbehaving Glance. */
#include "lib/session-fixture.h"

static gboolean
copy_image (SessionFixture *f, const char *first, const char *second)
{
  const char *stores[] = { first, second, NULL };

  return vg_glance_copy_image (f->glance, "i", stores, 1, NULL, &f->error);
}

#define ACTIVE_IMAGE "'images':[{'id':'i','status':'active','stores':'fast'}]"

static void
test_copy (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;
  g_autoptr (VgJson) request = NULL;

  fake_control (fake, "{" ACTIVE_IMAGE "}");
  g_assert_true (copy_image (f, "cheap", "fast"));
  g_assert_no_error (f->error);
  record = vg_glance_get_image (f->glance, "i", NULL, NULL);
  g_assert_cmpstr (record->stores[1], ==, "cheap");
  /* Only missing stores are requested: Glance refuses the whole request
   * otherwise. */
  request = fake_last (fake, "POST", "/v2/images/i/import");
  g_assert_cmpuint (json_object_array_length (vg_json_get_array (
                        vg_json_get (request, "json"), "stores")),
                    ==, 1);
  g_assert_true (copy_image (f, "cheap", NULL));
  g_assert_cmpuint (fake_count (fake, "POST", "/v2/images/i/import"), ==, 1);
}

static void
test_copy_faults (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  fake_control (fake, "{" ACTIVE_IMAGE ",'config':{'import_fail':['cheap']}}");
  g_assert_false (copy_image (f, "cheap", "reliable"));
  session_assert_failed (
      f, VG_GLANCE_ERROR_STORE,
      "can't copy image i to cheap, reliable: it failed for cheap: "
      "Task failed due to Internal Error; *");

  fake_reset (fake, "{" ACTIVE_IMAGE ",'config':{'admin':false}}");
  g_assert_false (copy_image (f, "cheap", NULL));
  session_assert_failed (f, VG_GLANCE_ERROR_FORBIDDEN, "*Only admin*");

  fake_reset (fake, "{" ACTIVE_IMAGE ",'config':{'import_polls':100000}}");
  g_assert_false (copy_image (f, "cheap", NULL));
  session_assert_failed (f, VG_GLANCE_ERROR_UNAVAILABLE,
                         "*no progress for 1 seconds*");

  fake_reset (fake, NULL);
  g_assert_false (copy_image (f, "cheap", NULL));
  session_assert_failed (f, VG_GLANCE_ERROR_NOT_FOUND,
                         "*read image i*HTTP 404*");
}

/* Waits for another running copy. */
static void
test_copy_after_another (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  fake_control (fake, "{" ACTIVE_IMAGE ",'rules':[{'method':'POST',"
                      "'path':'.*/import','status':409,"
                      "'json':{'message':'active task'}}]}");
  g_assert_true (copy_image (f, "cheap", NULL));
  g_assert_cmpuint (fake_count (fake, "POST", "/v2/images/i/import"), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  session_fixture_add ("/glance-image/copy", test_copy);
  session_fixture_add ("/glance-image/copy-faults", test_copy_faults);
  session_fixture_add ("/glance-image/copy-after-another",
                       test_copy_after_another);
  return session_fixture_run ();
}
