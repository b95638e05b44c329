/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adding locations with a Glance that doesn't answer, fails later, or is slow.
 */
#include "lib/location-fixture.h"

/* Added, then removed together with its data. */
static void
test_given_up (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  location_start (f,
                  LOCATION_NEW ",'show_locations':true,'location_polls':3,"
                               "'location_fail':'the hash differs'",
                  "");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_failed (
      f, VG_GLANCE_ERROR_INTEGRITY,
      "can't add the location *: Glance added the location and then "
      "removed it: the hash differs; it may have deleted *");
  location_assert_asked (1, 0);

  location_start (f, LOCATION_OLD, "{'method':'PATCH','status':200,'json':{}}");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_failed (f, VG_GLANCE_ERROR_LOCATION,
                          "*did not add the location; *");
}

/* The server that answers may not know yet of a task started on another. */
static void
test_lagging_server (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  location_start (f, LOCATION_NEW,
                  "{'method':'GET','path':'" FAKE_IMAGE_PATH
                  "','status':200,'json':{'id':'" FAKE_IMAGE
                  "','status':'queued'}}");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_active (f);
}

/* Done, but the answer is lost: it must not be repeated. */
static void
test_lost_answer (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  /* The answer to libcurl's own retry is lost too. */
  location_start (f, LOCATION_OLD, "{'method':'PATCH','lost':true,'times':2}");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_active (f);
  g_assert_cmpuint (json_object_array_length (
                        vg_json_get_array (f->record->json, "locations")),
                    ==, 1);

  location_start (f, LOCATION_NEW ",'location_polls':3",
                  "{'path':'" LOCATION_POST "','lost':true,'times':2}");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_active (f);
  location_assert_asked (2, 0);
}

/* Not done: it is repeated. */
static void
test_passing_faults (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const faults[] = { "'status':500", "'status':503",
                                        "'cut':0,'times':2", "'stall':0" };

  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++) {
    g_autofree char *patch =
        g_strdup_printf ("{'method':'PATCH',%s}", faults[i]);
    g_autofree char *post =
        g_strdup_printf ("{'path':'" LOCATION_POST "',%s}", faults[i]);

    g_test_message ("%s", faults[i]);
    location_start (f, LOCATION_OLD, patch);
    location_add (f, LOCATION_PLACE, NULL);
    location_assert_active (f);
    location_start (f, LOCATION_NEW, post);
    location_add (f, LOCATION_PLACE, NULL);
    location_assert_active (f);
  }

  location_start (f, LOCATION_OLD, "{'method':'PATCH','status':500,'times':0}");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_failed (f, VG_GLANCE_ERROR_UNAVAILABLE,
                          "can't add*HTTP 500*");
  location_assert_asked (0, 3);
  location_assert_queued ();
}

static void
test_lasting_faults (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  location_start (f, LOCATION_OLD,
                  "{'method':'PATCH','status':413,'json':{'message':'full'}}");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_failed (f, VG_GLANCE_ERROR_QUOTA, "can't add*full*");
  location_assert_asked (0, 1);

  location_start (f, LOCATION_OLD,
                  "{'method':'PATCH','status':401,'json':{},'times':0}");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_failed (f, VG_GLANCE_ERROR_AUTH, "can't add*HTTP 401*");
  location_assert_queued ();
}

static void
test_gone (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const configs[] = { LOCATION_OLD, LOCATION_STORES,
                                         LOCATION_NEW };

  for (gsize i = 0; i < G_N_ELEMENTS (configs); i++) {
    location_start (f, configs[i], "");
    g_assert_true (vg_glance_delete_image (f->glance, FAKE_IMAGE, NULL));
    location_add (f, LOCATION_PLACE, NULL);
    location_assert_failed (f, VG_GLANCE_ERROR_NOT_FOUND,
                            "*" FAKE_IMAGE "*HTTP 404*");
  }

  /* Right after Glance accepted it. */
  location_start (f, LOCATION_NEW,
                  "{'path':'" LOCATION_POST "','leave':'deleted'}");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_failed (f, VG_GLANCE_ERROR_NOT_FOUND, "*");
  location_start (f, LOCATION_OLD, "{'method':'PATCH','leave':'deleted'}");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_failed (f, VG_GLANCE_ERROR_NOT_FOUND, "*");
}

/* Waits for another task of the image. */
static void
test_busy (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  location_start (f, LOCATION_NEW,
                  "{'path':'" LOCATION_POST "','status':409,'json':{},"
                  "'leave':'saving','settle':0.2}");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_active (f);
  location_assert_asked (2, 0);
}

/* Glance lost track of it, and had said why. */
static void
test_stuck (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->config->timeout = 1;
  location_start (f, LOCATION_NEW,
                  "{'path':'" LOCATION_POST "','status':500,"
                  "'json':{'message':'database is locked'},'leave':'saving'}");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_failed (
      f, VG_GLANCE_ERROR_UNAVAILABLE,
      "can't add*HTTP 500*database is locked*; can't add*has been "
      "'saving' for 1 seconds*");
}

static void
test_endless (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->config->timeout = 1;
  location_start (f, LOCATION_NEW ",'location_polls':100000", "");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_failed (f, VG_GLANCE_ERROR_UNAVAILABLE,
                          "can't add*has been 'queued' for 1 seconds*");
}

/* A timeout longer than 32 bits of microseconds. */
static void
test_patient (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->config->timeout = 4295;
  location_start (f, LOCATION_NEW ",'location_polls':30", "");
  location_add (f, LOCATION_PLACE, NULL);
  location_assert_active (f);
}

static gpointer
cancel_soon (gpointer cancellable)
{
  g_usleep (150 * 1000);
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
test_cancel (LocationFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const rules[] = {
    "", "{'path':'/versions','stall':0}",
    "{'path':'" LOCATION_POST "','stall':0}",
    "{'path':'" LOCATION_POST "','status':503,'headers':['Retry-After: 100']}"
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++) {
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    GThread *thread;
    gint64 since;

    g_test_message ("%s", rules[i]);
    location_start (f, LOCATION_NEW ",'location_polls':100000", rules[i]);
    since = g_get_monotonic_time ();
    thread = g_thread_new ("cancel", cancel_soon, cancellable);
    location_add (f, LOCATION_PLACE, cancellable);
    g_thread_join (thread);
    g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpint (g_get_monotonic_time () - since, <, 90 * G_USEC_PER_SEC);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  location_fixture_add ("/glance-locations/given-up", test_given_up);
  location_fixture_add ("/glance-locations/lagging-server",
                        test_lagging_server);
  location_fixture_add ("/glance-locations/lost-answer", test_lost_answer);
  location_fixture_add ("/glance-locations/passing-faults",
                        test_passing_faults);
  location_fixture_add ("/glance-locations/lasting-faults",
                        test_lasting_faults);
  location_fixture_add ("/glance-locations/gone", test_gone);
  location_fixture_add ("/glance-locations/busy", test_busy);
  location_fixture_add ("/glance-locations/stuck", test_stuck);
  location_fixture_add ("/glance-locations/endless", test_endless);
  location_fixture_add ("/glance-locations/patient", test_patient);
  location_fixture_add ("/glance-locations/cancel", test_cancel);
  return session_fixture_run ();
}
