/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Image records and stores, with a misbehaving Glance. */
#include "inventory/stores.h"
#include "lib/session-fixture.h"

static void
test_stores (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const orders[] = {
    "{}", "{'config':{'detail':false}}",
    "{'rules':[{'path':'.*/detail','status':500}]}",
    "{'rules':[{'path':'.*/detail','cut':0,'times':0}]}",
    "{'rules':[{'path':'.*/detail','status':200,'body':'<p>'}]}"
  };

  for (gsize i = 0; i < G_N_ELEMENTS (orders); i++) {
    g_autoptr (VgStores) stores = NULL;

    fake_reset (fake, orders[i]);
    stores = vg_glance_get_stores (f->glance, NULL, &f->error);
    g_assert_no_error (f->error);
    g_assert_cmpuint (stores->list->len, ==, 4);
    g_assert_cmpstr (vg_stores_get_default (stores)->id, ==, "reliable");
    g_assert_true (vg_stores_find (stores, "web")->read_only);
    g_assert_cmpstr (vg_stores_find (stores, "fast")->type, ==,
                     (i == 0 ? "file" : NULL));
  }
}

static void
test_no_stores (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgStores) stores = NULL;

  fake_control (fake, "{'config':{'stores':[]}}");
  stores = vg_glance_get_stores (f->glance, NULL, &f->error);
  g_assert_no_error (f->error);
  g_assert_false (stores->multi);
  g_assert_cmpuint (stores->list->len, ==, 0);
}

static void
test_record (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  fake_control (fake, "{'images':[{'id':'i','name':null,'status':'active',"
                      "'size':9000000000,'stores':'fast, cheap',"
                      "'min_disk':3,'min_ram':64,'disk_format':'raw',"
                      "'container_format':'bare','checksum':'c',"
                      "'os_hash_algo':'sha512','os_hash_value':'v'}]}");
  record = vg_glance_get_image (f->glance, "i", NULL, &f->error);
  g_assert_no_error (f->error);
  g_assert_null (record->name);
  g_assert_cmpuint (record->size, ==, G_GUINT64_CONSTANT (9000000000));
  g_assert_cmpstr (record->stores[0], ==, "fast");
  g_assert_cmpstr (record->stores[1], ==, "cheap");
  g_assert_null (record->stores[2]);
  g_assert_cmpuint (record->min_disk, ==, 3);
  g_assert_cmpuint (record->min_ram, ==, 64);
  g_assert_cmpstr (record->disk_format, ==, "raw");
  g_assert_cmpstr (record->os_hash_value, ==, "v");
}

static void
test_get_faults (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const struct {
    const char *rule;
    gint code;
    guint tries;
    const char *message;
  } rows[] = {
    { "'status':404,'json':{'message':'No image'}", VG_GLANCE_ERROR_NOT_FOUND,
      1,
      "can't read image i: Glance answered HTTP 404 (Not Found): No image*" },
    { "'status':404,'body':'<p>nginx'", VG_GLANCE_ERROR_PROTOCOL, 1,
      "*nginx*" },
    { "'status':403,'json':{}", VG_GLANCE_ERROR_FORBIDDEN, 1, "*policy*" },
    { "'status':200,'body':'<p>login'", VG_GLANCE_ERROR_PROTOCOL, 1,
      "*not with JSON*" },
    { "'status':200,'json':[1]", VG_GLANCE_ERROR_PROTOCOL, 1,
      "*not an image record*" },
    { "'status':200,'json':{'id':'i'}", VG_GLANCE_ERROR_PROTOCOL, 1, "*" },
    { "'status':200,'json':null", VG_GLANCE_ERROR_PROTOCOL, 1, "*" },
    { "'status':300,'json':{}", VG_GLANCE_ERROR_PROTOCOL, 1, "*HTTP 300*" },
    { "'status':308,'headers':['Location: /_images']", VG_GLANCE_ERROR_PROTOCOL,
      1, "*not followed*" },
    { "'status':429,'times':0", VG_GLANCE_ERROR_UNAVAILABLE, 3, "*HTTP 429*" },
    { "'status':500,'times':0", VG_GLANCE_ERROR_UNAVAILABLE, 3, "*HTTP 500*" },
    { "'raw':'SSH-2.0-OpenSSH_9.2\\r\\n','times':0", VG_GLANCE_ERROR_PROTOCOL,
      1, "can't read image i: http://127.0.0.1*" },
    { "'flood':true", VG_GLANCE_ERROR_PROTOCOL, 1, "*response is too long*" },
    { "'raw':'HTTP/1.1 404 Not Found\\r\\nX-Odd: a\\r\\n folded\\r\\n"
      "X-OPENSTACK-Request-ID:req-folded\\r\\n"
      "content-TYPE:application/json\\r\\nContent-Length: 2\\r\\n\\r\\n{}'",
      VG_GLANCE_ERROR_NOT_FOUND, 1, "*(request req-folded)" },
    { "'delay':0.3,'status':404,'json':{}", VG_GLANCE_ERROR_NOT_FOUND, 1, "*" },
    { "'stall':0,'times':0", VG_GLANCE_ERROR_UNAVAILABLE, 3, "*timeout*" },
    /* libcurl retries by itself when a persistent connection was closed */
    { "'cut':0,'times':0", VG_GLANCE_ERROR_UNAVAILABLE, 4,
      "can't read image i: http://127.0.0.1*" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *order = g_strdup_printf (
        "{'rules':[{'path':'/v2/images/i',%s}]}", rows[i].rule);

    fake_reset (fake, order);
    session_renew (f);
    g_assert_null (vg_glance_get_image (f->glance, "i", NULL, &f->error));
    session_assert_failed (f, rows[i].code, rows[i].message);
    g_assert_cmpuint (fake_count (fake, "GET", "/v2/images/i"), ==,
                      rows[i].tries);
  }
}

/* An id is escaped in paths. */
static void
test_hostile_id (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgJson) request = NULL;

  g_assert_null (
      vg_glance_get_image (f->glance, "../info?a#\r\n", NULL, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_NOT_FOUND,
                         "can't read image ../info?a#?x0d?x0a: *");
  request = fake_last (fake, "GET", "/v2/images/..%2Finfo%3Fa%23%0D%0A");
}

static void
test_retry_after (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  gint64 begin = g_get_monotonic_time ();
  g_autoptr (VgStores) stores = NULL;

  fake_control (fake, "{'rules':[{'path':'/v2/info/stores','status':503,"
                      "'headers':['RETRY-after: 1']}],"
                      "'config':{'detail':false}}");
  stores = vg_glance_get_stores (f->glance, NULL, &f->error);
  g_assert_no_error (f->error);
  g_assert_cmpint (g_get_monotonic_time () - begin, >, 950 * 1000);
}

/* The answer to the first request is lost; the retry finds the image. */
static void
test_create_lost_answer (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  fake_control (fake, "{'rules':[{'method':'POST','path':'/v2/images',"
                      "'lost':true}]}");
  fake_make_image (f->glance);
  g_assert_cmpuint (fake_count (fake, "POST", "/v2/images"), ==, 2);
}

static void
test_create_faults (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgJson) body = json_object_new_object ();
  g_autoptr (VgImageRecord) record = NULL;

  vg_json_set_string (body, "name", "other");
  record = vg_glance_create_image (f->glance, body, NULL, &f->error);
  g_assert_no_error (f->error);
  g_assert_cmpstr (record->id, ==, vg_json_get_string (body, "id"));

  /* Ids are never reused, and another user's image is not ours. */
  vg_json_set_string (body, "name", "mine");
  g_assert_null (vg_glance_create_image (f->glance, body, NULL, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_CONFLICT, "*(\"mine\")*HTTP 409*");
  g_assert_true (vg_glance_delete_image (f->glance, record->id, NULL));
  g_assert_null (vg_glance_create_image (f->glance, body, NULL, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_CONFLICT, "*HTTP 409*");

  fake_control (fake, "{'images':[{'id':'i','name':'mine',"
                      "'status':'active'}]}");
  vg_json_set_string (body, "id", "i");
  g_assert_null (vg_glance_create_image (f->glance, body, NULL, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_CONFLICT, "*HTTP 409*");

  vg_json_set_string (body, "os_glance_x", "y");
  g_assert_null (vg_glance_create_image (f->glance, body, NULL, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_FORBIDDEN, "*read-only*");
}

static void
test_delete (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  fake_make_image (f->glance);
  fake_control (fake, "{'rules':[{'method':'DELETE','lost':true}]}");
  g_assert_true (vg_glance_delete_image (f->glance, FAKE_IMAGE, &f->error));
  g_assert_no_error (f->error);
  g_assert_cmpuint (fake_count (fake, "DELETE", FAKE_IMAGE_PATH), ==, 2);
  g_assert_null (fake_image (fake, FAKE_IMAGE));

  /* A missing image is success; but a web server's 404 tells nothing about
   * images. */
  g_assert_true (vg_glance_delete_image (f->glance, "i", &f->error));
  fake_control (fake, "{'rules':[{'method':'DELETE','status':404,"
                      "'body':'<p>none'}],"
                      "'images':[{'id':'p','protected':true}]}");
  g_assert_false (vg_glance_delete_image (f->glance, "i", &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_PROTOCOL, "*delete image i*none*");
  g_assert_false (vg_glance_delete_image (f->glance, "p", &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_FORBIDDEN, "*is protected*");

  /* Glance itself has failed in the middle of a deletion. */
  fake_control (fake, "{'rules':[{'method':'DELETE','status':400,'times':0,"
                      "'body':'Image status transition is not allowed'}],"
                      "'images':[{'id':'d','status':'deleted'},"
                      "{'id':'q','status':'queued'}]}");
  g_assert_true (vg_glance_delete_image (f->glance, "d", &f->error));
  g_assert_false (vg_glance_delete_image (f->glance, "q", &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_PROTOCOL,
                         "*delete image q*transition*");
}

/* Whether the fake's image is protected. */
static gboolean
is_protected (const char *id)
{
  g_autoptr (VgJson) image = fake_image (fake, id);

  g_assert_nonnull (image);
  return vg_json_get_bool (image, "protected", FALSE);
}

static void
test_protect (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  fake_make_image (f->glance);
  fake_control (fake, "{'rules':[{'method':'PATCH','lost':true}]}");
  g_assert_true (
      vg_glance_protect_image (f->glance, FAKE_IMAGE, TRUE, NULL, &f->error));
  g_assert_no_error (f->error);
  g_assert_cmpuint (fake_count (fake, "PATCH", FAKE_IMAGE_PATH), ==, 2);
  g_assert_true (is_protected (FAKE_IMAGE));
  g_assert_false (vg_glance_delete_image (f->glance, FAKE_IMAGE, &f->error));
  g_clear_error (&f->error);
  g_assert_true (
      vg_glance_protect_image (f->glance, FAKE_IMAGE, FALSE, NULL, &f->error));
  g_assert_no_error (f->error);
  g_assert_false (is_protected (FAKE_IMAGE));

  /* Unprotecting a missing image is success; protecting it is not. */
  g_assert_true (
      vg_glance_protect_image (f->glance, "i", FALSE, NULL, &f->error));
  g_assert_no_error (f->error);
  g_assert_false (
      vg_glance_protect_image (f->glance, "i", TRUE, NULL, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_NOT_FOUND,
                         "can't protect image i from deletion*");
  fake_control (fake, "{'rules':[{'method':'PATCH','status':404,"
                      "'body':'<p>none'}]}");
  g_assert_false (
      vg_glance_protect_image (f->glance, "i", FALSE, NULL, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_PROTOCOL,
                         "can't remove the deletion*image i*none*");
}

/* The status of the fake's member "p"; NULL: no member. */
static char *
get_member (void)
{
  g_autoptr (VgJson) image = fake_image (fake, FAKE_IMAGE);

  return g_strdup (vg_json_get_string (vg_json_get (image, "_members"), "p"));
}

static void
share_image (SessionFixture *f, gboolean expected)
{
  gboolean accepted = !expected;

  g_assert_true (vg_glance_share_image (f->glance, FAKE_IMAGE, "p", &accepted,
                                        NULL, &f->error));
  g_assert_no_error (f->error);
  g_assert_cmpint (accepted, ==, expected);
}

static void
test_share (SessionFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *pending = NULL, *accepted = NULL;
  gboolean ignored;

  fake_make_image (f->glance);
  fake_control (fake, "{'config':{'admin':false}}");
  share_image (f, FALSE);
  pending = get_member ();
  g_assert_cmpstr (pending, ==, "pending");

  /* Already a member, and the answer was lost. */
  fake_control (fake, "{'config':{'admin':true},"
                      "'rules':[{'method':'POST','lost':true}]}");
  share_image (f, TRUE);
  accepted = get_member ();
  g_assert_cmpstr (accepted, ==, "accepted");

  /* Failing to accept is not fatal. */
  fake_control (fake, "{'rules':[{'method':'PUT','status':500,'times':0}]}");
  share_image (f, FALSE);

  g_assert_false (
      vg_glance_share_image (f->glance, "i", "p", &ignored, NULL, &f->error));
  session_assert_failed (f, VG_GLANCE_ERROR_NOT_FOUND,
                         "can't share image i with project p: *");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  session_fixture_add ("/glance-image/stores", test_stores);
  session_fixture_add ("/glance-image/no-stores", test_no_stores);
  session_fixture_add ("/glance-image/record", test_record);
  session_fixture_add ("/glance-image/get-faults", test_get_faults);
  session_fixture_add ("/glance-image/hostile-id", test_hostile_id);
  session_fixture_add ("/glance-image/retry-after", test_retry_after);
  session_fixture_add ("/glance-image/create-lost-answer",
                       test_create_lost_answer);
  session_fixture_add ("/glance-image/create-faults", test_create_faults);
  session_fixture_add ("/glance-image/delete", test_delete);
  session_fixture_add ("/glance-image/protect", test_protect);
  session_fixture_add ("/glance-image/share", test_share);
  return session_fixture_run ();
}
