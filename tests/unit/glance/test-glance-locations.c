/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adding locations, by both methods, with a Glance that refuses. */
#include <string.h>

#include "lib/location-fixture.h"

static void
assert_json (const char *method, const char *path, const char *expected)
{
  g_autoptr (VgJson) request = fake_last (fake, method, path);
  g_autofree char *text =
      vg_json_to_text (vg_json_get (request, "json"), FALSE);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_post (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  location_start (f, LOCATION_NEW ",'location_polls':4", "");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_active (f);
  location_assert_asked (1, 0);
  assert_json ("POST", LOCATION_POST, "{\"url\":\"" LOCATION_PLACE "\"}");
}

static void
test_patch (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  location_start (f, LOCATION_OLD, "");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_active (f);
  location_assert_asked (0, 1);
  assert_json ("PATCH", FAKE_IMAGE_PATH,
               "[{\"op\":\"add\",\"path\":\"/locations/-\",\"value\":"
               "{\"url\":\"" LOCATION_PLACE "\",\"metadata\":{}}}]");
}

/* The method tried first, depending on GET /versions. */
static void
test_versions (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const struct {
    const char *answer;
    guint posts;
  } rows[] = {
    { "'status':200,'json':{'versions':[{'id':'v2.16'},{'id':'v2.9'}]}", 0 },
    { "'status':300,'json':{'versions':[{'id':'v2.3'},{'id':'v2.18'}]}", 1 },
    { "'status':200,'json':{'versions':[{'id':'v3'}]}", 1 },
    { "'status':200,'json':{'versions':[{'id':'v1.17'},{'id':'2.17'},{},7,"
      "{'id':17},{'id':''},{'id':'v'},{'id':'v2'},{'id':'v2.'}]}",
      0 },
    { "'status':200,'json':{'versions':[]}", 0 },
    { "'status':300,'json':{'versions':[{'id':'v2.16'}]}", 0 },
    /* Unknown version: the POST decides. */
    { "'status':200,'json':{'versions':'v2.9'}", 1 },
    { "'status':200,'body':'<p>welcome'", 1 },
    { "'status':404,'json':{}", 1 },
    { "'status':503", 1 },
    { "'cut':0,'times':0", 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *rule =
        g_strdup_printf ("{'path':'/versions',%s}", rows[i].answer);

    g_test_message ("%s", rule);
    location_start (f, LOCATION_OLD, rule);
    location_add (f, LOCATION_PLACE, NULL);
    location_assert_active (f);
    location_assert_asked (rows[i].posts, 1);
  }
}

/* Refusals of the POST that lead to a PATCH. */
static void
test_post_refused (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const answers[] = { "'status':403,'json':{'message':'no'}",
                                         "'status':404,'json':{}",
                                         "'status':404,'body':'<p>nginx'",
                                         "'status':405,'body':''",
                                         "'status':400,'json':{}",
                                         "'status':501,'body':''" };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autofree char *rule =
        g_strdup_printf ("{'path':'" LOCATION_POST "',%s}", answers[i]);

    g_test_message ("%s", rule);
    location_start (f, LOCATION_NEW ",'show_locations':true", rule);
    location_add (f, LOCATION_PLACE, NULL);
    location_assert_active (f);
    location_assert_asked (1, 1);
  }
}

static void
test_refused (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  location_start (f, LOCATION_STORES, "");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_failed (
      f, VG_GLANCE_ERROR_LOCATION,
      "can't add the location of image " FAKE_IMAGE
      ": Glance answered HTTP 403 (Forbidden): It's not allowed to "
      "add locations if locations are invisible (request *); *; set "
      "show_multiple_locations = True in glance-api.conf and let "
      "the policy set_image_location allow it");
  location_assert_asked (0, 1);
  location_assert_queued ();

  location_start (f, LOCATION_STORES ",'api_minor':17", "");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_failed (
      f, VG_GLANCE_ERROR_LOCATION,
      "*HTTP 403*; give this user the role \"service\", or set "
      "show_multiple_locations*");
  location_assert_asked (1, 1);
  location_assert_queued ();
}

/* Glance's own store is in another place. */
static void
test_wrong_place (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  location_start (f, LOCATION_OLD, "");
  location_add (f, "rbd://" LOCATION_FSID "/vms/i/snap", NULL);
  location_assert_failed (
      f, VG_GLANCE_ERROR_LOCATION,
      "*HTTP 400*Invalid location*; Glance's store must be in the "
      "cluster and pool of rbd://*/vms/i/snap, *");
  location_assert_asked (0, 1);
  location_assert_queued ();

  location_start (f, LOCATION_NEW, "");
  location_add (f, "rbd://" LOCATION_FSID "/vms/i/snap", NULL);
  location_assert_failed (
      f, VG_GLANCE_ERROR_LOCATION,
      "can't add*accepted the request, but then did not add the "
      "location: Invalid "
      "location; Glance's store must be *");
  location_assert_queued ();
}

/* Another client made it active, where Glance shows that. */
static void
test_not_queued (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  location_start (f, LOCATION_NEW ",'show_locations':true", "");
  fake_control (fake, "{'rules':[{'path':'" LOCATION_POST
                      "','status':409,'json':{},'leave':'active'}]}");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_failed (f, VG_GLANCE_ERROR_CONFLICT, "*is already 'active'*");
  location_assert_asked (1, 0);

  location_start (f, LOCATION_NEW,
                  "{'path':'" LOCATION_POST "','status':409,'json':{},"
                  "'leave':'active','record':{'direct_url':'file:///i'}}");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_failed (f, VG_GLANCE_ERROR_CONFLICT, "*is already 'active'*");

  location_start (f, LOCATION_OLD,
                  "{'method':'PATCH','status':409,'json':{},"
                  "'leave':'deactivated'}");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_failed (f, VG_GLANCE_ERROR_CONFLICT,
                          "*is already 'deactivated'*");
}

/* An id is escaped in paths. */
static void
test_hostile_id (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  location_start (f, LOCATION_NEW, "");
  f->record =
      vg_glance_add_location (f->glance, "../x?\n", "a\nb", NULL, &f->error);
  g_assert_null (f->record);
  g_assert_null (strchr (f->error->message, '\n'));
  assert_json ("POST", "/v2/images/..%2Fx%3F%0A/locations",
               "{\"url\":\"a\\nb\"}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  location_fixture_add ("/glance-locations/post", test_post);
  location_fixture_add ("/glance-locations/patch", test_patch);
  location_fixture_add ("/glance-locations/versions", test_versions);
  location_fixture_add ("/glance-locations/post-refused", test_post_refused);
  location_fixture_add ("/glance-locations/refused", test_refused);
  location_fixture_add ("/glance-locations/wrong-place", test_wrong_place);
  location_fixture_add ("/glance-locations/not-queued", test_not_queued);
  location_fixture_add ("/glance-locations/hostile-id", test_hostile_id);
  return session_fixture_run ();
}
