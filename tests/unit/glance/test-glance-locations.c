/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adding locations, by both methods, with a Glance that refuses, doesn't
 * answer, or fails later. */
#include <string.h>

#include "lib/glance-fake.h"
#include "glance/glance.h"

#define FSID "2f0e1d4c-93b1-4b6e-8f0a-6c2d5e7f8a9b"
#define PLACE "rbd://" FSID "/images/" FAKE_IMAGE "/snap"
#define POST_PATH FAKE_IMAGE_PATH "/locations"

/* Members of the fake's config. */
#define STORES                                                                 \
  "'stores':[{'id':'fast','default':true},"                                    \
  "{'id':'ceph','type':'rbd','fsid':'" FSID "','pool':'images'}]"
#define OLD STORES ",'show_locations':true"
#define NEW STORES ",'api_minor':17,'service':true"

static Fake *fake;

typedef struct {
  VgConfig *config;
  VgGlance *glance;
  VgImageRecord *record;
  GError *error;
} Fixture;

static void
set_up (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->config = fake_config (fake);
  f->glance = fake_session (f->config);
}

static void
tear_down (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  vg_glance_free (f->glance);
  vg_config_free (f->config);
  vg_image_record_free (f->record);
  g_clear_error (&f->error);
}

/* Prepares the fake with that config and rules, a queued image, and a new
 * session. */
static void
start_case (Fixture *f, const char *config, const char *rules)
{
  g_autofree char *settings = g_strdup_printf ("{'config':{%s}}", config);
  g_autofree char *order = g_strdup_printf ("{'rules':[%s]}", rules);

  fake_reset (fake, settings);
  vg_glance_free (f->glance);
  f->glance = fake_session (f->config);
  fake_make_image (f->glance);
  fake_control (fake, order);
}

static void
add_location (Fixture *f, const char *url, GCancellable *cancellable)
{
  g_clear_pointer (&f->record, vg_image_record_free);
  g_clear_error (&f->error);
  f->record = vg_glance_add_location (f->glance, FAKE_IMAGE, url, cancellable,
                                      &f->error);
}

static void
assert_asked (guint posts, guint patches)
{
  g_assert_cmpuint (fake_count (fake, "POST", POST_PATH), ==, posts);
  g_assert_cmpuint (fake_count (fake, "PATCH", FAKE_IMAGE_PATH), ==, patches);
}

static void
assert_active (Fixture *f)
{
  g_assert_no_error (f->error);
  g_assert_cmpstr (f->record->id, ==, FAKE_IMAGE);
  g_assert_cmpstr (f->record->status, ==, "active");
  g_assert_cmpuint (f->record->size, ==, 4096);
  g_assert_cmpstr (f->record->stores[0], ==, "ceph");
}

static void
assert_failed (Fixture *f, gint code, const char *pattern)
{
  g_assert_null (f->record);
  g_assert_error (f->error, VG_GLANCE_ERROR, code);
  g_test_message ("%s", f->error->message);
  if (!g_pattern_match_simple (pattern, f->error->message))
    g_error ("not like \"%s\": %s", pattern, f->error->message);
  g_assert_null (strstr (f->error->message, "fake-"));
}

static void
assert_queued (void)
{
  g_autoptr (VgJson) image = fake_image (fake, FAKE_IMAGE);

  g_assert_cmpstr (vg_json_get_string (image, "status"), ==, "queued");
}

static void
assert_json (const char *method, const char *path, const char *expected)
{
  g_autoptr (VgJson) request = fake_last (fake, method, path);
  g_autofree char *text =
      vg_json_to_text (vg_json_get (request, "json"), FALSE);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_post (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  start_case (f, NEW ",'location_polls':4", "");
  add_location (f, PLACE, NULL);
  assert_active (f);
  assert_asked (1, 0);
  assert_json ("POST", POST_PATH, "{\"url\":\"" PLACE "\"}");
}

static void
test_patch (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  start_case (f, OLD, "");
  add_location (f, PLACE, NULL);
  assert_active (f);
  assert_asked (0, 1);
  assert_json ("PATCH", FAKE_IMAGE_PATH,
               "[{\"op\":\"add\",\"path\":\"/locations/-\",\"value\":"
               "{\"url\":\"" PLACE "\",\"metadata\":{}}}]");
}

/* The method tried first, depending on GET /versions. */
static void
test_versions (Fixture *f, G_GNUC_UNUSED gconstpointer data)
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
    start_case (f, OLD, rule);
    add_location (f, PLACE, NULL);
    assert_active (f);
    assert_asked (rows[i].posts, 1);
  }
}

/* Refusals of the POST that lead to a PATCH. */
static void
test_post_refused (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const answers[] = { "'status':403,'json':{'message':'no'}",
                                         "'status':404,'json':{}",
                                         "'status':404,'body':'<p>nginx'",
                                         "'status':405,'body':''",
                                         "'status':400,'json':{}",
                                         "'status':501,'body':''" };

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_autofree char *rule =
        g_strdup_printf ("{'path':'" POST_PATH "',%s}", answers[i]);

    g_test_message ("%s", rule);
    start_case (f, NEW ",'show_locations':true", rule);
    add_location (f, PLACE, NULL);
    assert_active (f);
    assert_asked (1, 1);
  }
}

static void
test_refused (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  start_case (f, STORES, "");
  add_location (f, PLACE, NULL);
  assert_failed (f, VG_GLANCE_ERROR_LOCATION,
                 "can't add the location of image " FAKE_IMAGE
                 ": Glance answered HTTP 403 (Forbidden): It's not allowed to "
                 "add locations if locations are invisible (request *); *; set "
                 "show_multiple_locations = True in glance-api.conf and let "
                 "the policy set_image_location allow it");
  assert_asked (0, 1);
  assert_queued ();

  start_case (f, STORES ",'api_minor':17", "");
  add_location (f, PLACE, NULL);
  assert_failed (f, VG_GLANCE_ERROR_LOCATION,
                 "*HTTP 403*; give this user the role \"service\", or set "
                 "show_multiple_locations*");
  assert_asked (1, 1);
  assert_queued ();
}

/* Glance's own store is in another place. */
static void
test_wrong_place (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  start_case (f, OLD, "");
  add_location (f, "rbd://" FSID "/vms/i/snap", NULL);
  assert_failed (f, VG_GLANCE_ERROR_LOCATION,
                 "*HTTP 400*Invalid location*; Glance's store must be in the "
                 "cluster and pool of rbd://*/vms/i/snap, *");
  assert_asked (0, 1);
  assert_queued ();

  start_case (f, NEW, "");
  add_location (f, "rbd://" FSID "/vms/i/snap", NULL);
  assert_failed (f, VG_GLANCE_ERROR_LOCATION,
                 "can't add*accepted the request, but then did not add the "
                 "location: Invalid "
                 "location; Glance's store must be *");
  assert_queued ();
}

/* Added, then removed together with its data. */
static void
test_given_up (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  start_case (f,
              NEW ",'show_locations':true,'location_polls':3,"
                  "'location_fail':'the hash differs'",
              "");
  add_location (f, PLACE, NULL);
  assert_failed (f, VG_GLANCE_ERROR_INTEGRITY,
                 "can't add the location *: Glance added the location and then "
                 "removed it: the hash differs; it may have deleted *");
  assert_asked (1, 0);

  start_case (f, OLD, "{'method':'PATCH','status':200,'json':{}}");
  add_location (f, PLACE, NULL);
  assert_failed (f, VG_GLANCE_ERROR_LOCATION, "*did not add the location; *");
}

/* The server that answers may not know yet of a task started on another. */
static void
test_lagging_server (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  start_case (f, NEW,
              "{'method':'GET','path':'" FAKE_IMAGE_PATH
              "','status':200,'json':{'id':'" FAKE_IMAGE
              "','status':'queued'}}");
  add_location (f, PLACE, NULL);
  assert_active (f);
}

/* Done, but the answer is lost: it must not be repeated. */
static void
test_lost_answer (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  /* The answer to libcurl's own retry is lost too. */
  start_case (f, OLD, "{'method':'PATCH','lost':true,'times':2}");
  add_location (f, PLACE, NULL);
  assert_active (f);
  g_assert_cmpuint (json_object_array_length (
                        vg_json_get_array (f->record->json, "locations")),
                    ==, 1);

  start_case (f, NEW ",'location_polls':3",
              "{'path':'" POST_PATH "','lost':true,'times':2}");
  add_location (f, PLACE, NULL);
  assert_active (f);
  assert_asked (2, 0);
}

/* Not done: it is repeated. */
static void
test_passing_faults (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const faults[] = { "'status':500", "'status':503",
                                        "'cut':0,'times':2", "'stall':0" };

  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++) {
    g_autofree char *patch =
        g_strdup_printf ("{'method':'PATCH',%s}", faults[i]);
    g_autofree char *post =
        g_strdup_printf ("{'path':'" POST_PATH "',%s}", faults[i]);

    g_test_message ("%s", faults[i]);
    start_case (f, OLD, patch);
    add_location (f, PLACE, NULL);
    assert_active (f);
    start_case (f, NEW, post);
    add_location (f, PLACE, NULL);
    assert_active (f);
  }

  start_case (f, OLD, "{'method':'PATCH','status':500,'times':0}");
  add_location (f, PLACE, NULL);
  assert_failed (f, VG_GLANCE_ERROR_UNAVAILABLE, "can't add*HTTP 500*");
  assert_asked (0, 3);
  assert_queued ();
}

static void
test_lasting_faults (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  start_case (f, OLD,
              "{'method':'PATCH','status':413,'json':{'message':'full'}}");
  add_location (f, PLACE, NULL);
  assert_failed (f, VG_GLANCE_ERROR_QUOTA, "can't add*full*");
  assert_asked (0, 1);

  start_case (f, OLD, "{'method':'PATCH','status':401,'json':{},'times':0}");
  add_location (f, PLACE, NULL);
  assert_failed (f, VG_GLANCE_ERROR_AUTH, "can't add*HTTP 401*");
  assert_queued ();
}

static void
test_gone (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const configs[] = { OLD, STORES, NEW };

  for (gsize i = 0; i < G_N_ELEMENTS (configs); i++) {
    start_case (f, configs[i], "");
    g_assert_true (vg_glance_delete_image (f->glance, FAKE_IMAGE, NULL));
    add_location (f, PLACE, NULL);
    assert_failed (f, VG_GLANCE_ERROR_NOT_FOUND, "*" FAKE_IMAGE "*HTTP 404*");
  }

  /* Right after Glance accepted it. */
  start_case (f, NEW, "{'path':'" POST_PATH "','leave':'deleted'}");
  add_location (f, PLACE, NULL);
  assert_failed (f, VG_GLANCE_ERROR_NOT_FOUND, "*");
  start_case (f, OLD, "{'method':'PATCH','leave':'deleted'}");
  add_location (f, PLACE, NULL);
  assert_failed (f, VG_GLANCE_ERROR_NOT_FOUND, "*");
}

/* Another client made it active, where Glance shows that. */
static void
test_not_queued (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  start_case (f, NEW ",'show_locations':true", "");
  fake_control (fake, "{'rules':[{'path':'" POST_PATH
                      "','status':409,'json':{},'leave':'active'}]}");
  add_location (f, PLACE, NULL);
  assert_failed (f, VG_GLANCE_ERROR_CONFLICT, "*is already 'active'*");
  assert_asked (1, 0);

  start_case (f, NEW,
              "{'path':'" POST_PATH "','status':409,'json':{},"
              "'leave':'active','record':{'direct_url':'file:///i'}}");
  add_location (f, PLACE, NULL);
  assert_failed (f, VG_GLANCE_ERROR_CONFLICT, "*is already 'active'*");

  start_case (f, OLD,
              "{'method':'PATCH','status':409,'json':{},"
              "'leave':'deactivated'}");
  add_location (f, PLACE, NULL);
  assert_failed (f, VG_GLANCE_ERROR_CONFLICT, "*is already 'deactivated'*");
}

/* Waits for another task of the image. */
static void
test_busy (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  start_case (f, NEW,
              "{'path':'" POST_PATH "','status':409,'json':{},"
              "'leave':'saving','settle':0.2}");
  add_location (f, PLACE, NULL);
  assert_active (f);
  assert_asked (2, 0);
}

/* Glance lost track of it, and had said why. */
static void
test_stuck (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->config->timeout = 1;
  start_case (f, NEW,
              "{'path':'" POST_PATH "','status':500,"
              "'json':{'message':'database is locked'},'leave':'saving'}");
  add_location (f, PLACE, NULL);
  assert_failed (f, VG_GLANCE_ERROR_UNAVAILABLE,
                 "can't add*HTTP 500*database is locked*; can't add*has been "
                 "'saving' for 1 seconds*");
}

static void
test_endless (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->config->timeout = 1;
  start_case (f, NEW ",'location_polls':100000", "");
  add_location (f, PLACE, NULL);
  assert_failed (f, VG_GLANCE_ERROR_UNAVAILABLE,
                 "can't add*has been 'queued' for 1 seconds*");
}

static gpointer
cancel_soon (gpointer cancellable)
{
  g_usleep (150 * 1000);
  g_cancellable_cancel (cancellable);
  return NULL;
}

/* A timeout longer than 32 bits of microseconds. */
static void
test_patient (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->config->timeout = 4295;
  start_case (f, NEW ",'location_polls':30", "");
  add_location (f, PLACE, NULL);
  assert_active (f);
}

static void
test_cancel (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const rules[] = {
    "", "{'path':'/versions','stall':0}", "{'path':'" POST_PATH "','stall':0}",
    "{'path':'" POST_PATH "','status':503,'headers':['Retry-After: 100']}"
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++) {
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    GThread *thread;
    gint64 since;

    g_test_message ("%s", rules[i]);
    start_case (f, NEW ",'location_polls':100000", rules[i]);
    since = g_get_monotonic_time ();
    thread = g_thread_new ("cancel", cancel_soon, cancellable);
    add_location (f, PLACE, cancellable);
    g_thread_join (thread);
    g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpint (g_get_monotonic_time () - since, <, 90 * G_USEC_PER_SEC);
  }
}

/* An id is escaped in paths. */
static void
test_hostile_id (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  start_case (f, NEW, "");
  f->record =
      vg_glance_add_location (f->glance, "../x?\n", "a\nb", NULL, &f->error);
  g_assert_null (f->record);
  g_assert_null (strchr (f->error->message, '\n'));
  assert_json ("POST", "/v2/images/..%2Fx%3F%0A/locations",
               "{\"url\":\"a\\nb\"}");
}

#define ADD(path, function)                                                    \
  g_test_add ("/glance-locations/" path, Fixture, NULL, set_up, function,      \
              tear_down)

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  ADD ("post", test_post);
  ADD ("patch", test_patch);
  ADD ("versions", test_versions);
  ADD ("post-refused", test_post_refused);
  ADD ("refused", test_refused);
  ADD ("wrong-place", test_wrong_place);
  ADD ("given-up", test_given_up);
  ADD ("lagging-server", test_lagging_server);
  ADD ("lost-answer", test_lost_answer);
  ADD ("passing-faults", test_passing_faults);
  ADD ("lasting-faults", test_lasting_faults);
  ADD ("gone", test_gone);
  ADD ("not-queued", test_not_queued);
  ADD ("busy", test_busy);
  ADD ("stuck", test_stuck);
  ADD ("endless", test_endless);
  ADD ("patient", test_patient);
  ADD ("cancel", test_cancel);
  ADD ("hostile-id", test_hostile_id);
  fake = fake_new (NULL);
  result = g_test_run ();
  fake_free (fake);
  return result;
}
