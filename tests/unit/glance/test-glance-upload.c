/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Uploads to a Glance that refuses, cuts connections, stalls, and returns wrong
 * data. */
#include <string.h>

#include "lib/glance-fake.h"
#include "glance/glance.h"

#define SIZE ((guint64) 3 << 20) /* of the image in these tests, in bytes */
#define LITTLE 20000             /* more than libcurl's smallest buffer */

static Fake *fake;

typedef struct {
  VgConfig *config;
  VgGlance *glance;
  FakeBody body;
  VgUpload upload;
  GError *error;
} Fixture;

static void
set_up (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  fake_reset (fake, NULL);
  f->config = fake_config (fake);
  f->glance = fake_session (f->config);
  fake_make_image (f->glance);
  fake_body_init (&f->body, SIZE);
  f->upload.image_id = FAKE_IMAGE;
}

static void
tear_down (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  vg_glance_free (f->glance);
  vg_config_free (f->config);
  g_clear_error (&f->error);
}

static VgImageRecord *
upload_image (Fixture *f)
{
  return vg_glance_upload (f->glance, &f->upload, &f->body.base, NULL,
                           &f->error);
}

static void
on_progress (guint64 sent, guint64 total, gpointer data)
{
  guint64 *last = data;

  g_assert_cmpuint (total, ==, SIZE);
  *last = sent;
}

static void
test_headers (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;
  g_autoptr (VgJson) request = NULL;
  g_autofree char *length = g_strdup_printf ("%" G_GUINT64_FORMAT, SIZE);
  guint64 last = 0;
  VgJson *headers;

  f->upload.store = "cheap";
  f->upload.base_ref = "base-image";
  f->upload.progress = on_progress;
  f->upload.progress_data = &last;
  record = upload_image (f);
  g_assert_no_error (f->error);
  g_assert_cmpstr (record->status, ==, "active");
  g_assert_cmpuint (record->size, ==, SIZE);
  g_assert_cmpstr (record->stores[0], ==, "cheap");
  g_assert_cmpuint (last, ==, SIZE);
  request = fake_last (fake, "PUT", FAKE_FILE_PATH);
  headers = vg_json_get (request, "headers");
  g_assert_cmpint (vg_json_get_int (request, "bytes", 0), ==, SIZE);
  g_assert_cmpstr (vg_json_get_string (headers, "content-length"), ==, length);
  g_assert_cmpstr (vg_json_get_string (headers, "x-openstack-image-size"), ==,
                   length);
  g_assert_cmpstr (vg_json_get_string (headers, "x-image-meta-store"), ==,
                   "cheap");
  g_assert_cmpstr (vg_json_get_string (headers, "x-openstack-base-image-ref"),
                   ==, "base-image");
  g_assert_cmpstr (vg_json_get_string (headers, "content-type"), ==,
                   "application/octet-stream");
  g_assert_null (vg_json_get_string (headers, "transfer-encoding"));
  g_assert_cmpuint (f->body.rewinds, ==, 0);
}

static void
test_default_store (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = upload_image (f);
  g_autoptr (VgJson) request = fake_last (fake, "PUT", FAKE_FILE_PATH);
  VgJson *headers = vg_json_get (request, "headers");

  g_assert_no_error (f->error);
  g_assert_cmpstr (record->stores[0], ==, "reliable");
  g_assert_null (vg_json_get_string (headers, "x-image-meta-store"));
  g_assert_null (vg_json_get_string (headers, "x-openstack-base-image-ref"));
}

/* A failure, its expected result, and the number of PUTs. code -1: the upload
 * succeeds anyway. */
typedef struct {
  const char *name;
  const char *rule; /* of the fake, for the PUT */
  gint code;
  guint puts;
  const char *message; /* pattern of the error's message; or NULL */
} Case;

#define OK (-1)

static const Case cases[] = {
  /* refused, and queued again */
  { "400", "'status':400,'json':{'message':'bad metadata'}",
    VG_GLANCE_ERROR_PROTOCOL, 1, "*HTTP 400*bad metadata*" },
  { "401-once", "'status':401,'revoke':true", OK, 2 },
  { "401-always", "'status':401,'times':0", VG_GLANCE_ERROR_AUTH, 2,
    "*HTTP 401*" },
  { "401-late", "'status':401,'at':1,'leave':'deleted'",
    VG_GLANCE_ERROR_NOT_FOUND, 1, "*the image was deleted meanwhile*" },
  { "403", "'status':403,'json':{'message':'no<br />'}",
    VG_GLANCE_ERROR_FORBIDDEN, 1, "*(Forbidden): no (request req-*" },
  { "404", "'status':404,'json':{'message':'none'}", VG_GLANCE_ERROR_NOT_FOUND,
    1, "*HTTP 404*" },
  { "409-uploading", "'status':409,'leave':'uploading'",
    VG_GLANCE_ERROR_CONFLICT, 1, "*'uploading'*" },
  { "409-active", "'status':409,'leave':'active'", VG_GLANCE_ERROR_CONFLICT, 1,
    "*data already*" },
  { "409-saving", "'status':409,'leave':'saving','settle':0.05", OK, 2 },
  { "410-deleted", "'status':410,'leave':'deleted'", VG_GLANCE_ERROR_NOT_FOUND,
    1, "*the image was deleted meanwhile*" },
  { "410-store", "'status':410,'json':{'message':'store is disabled'}",
    VG_GLANCE_ERROR_STORE, 1, "*store is disabled*" },
  { "413", "'status':413,'json':{'message':'over quota'}",
    VG_GLANCE_ERROR_QUOTA, 1, "*over quota*" },
  { "413-halfway", "'status':413,'at':0.5,'json':{'message':'over quota'}",
    VG_GLANCE_ERROR_QUOTA, 1, "*over quota*" },
  { "415", "'status':415,'at':1,'json':{'message':'not qcow2'}",
    VG_GLANCE_ERROR_CONTENT, 1, "*not qcow2*" },
  { "429", "'status':429,'headers':['Retry-After: 1']", OK, 2 },
  { "500-twice", "'status':500,'at':1,'times':2", OK, 3 },
  { "500-always", "'status':500,'times':0", VG_GLANCE_ERROR_UNAVAILABLE, 3,
    "*HTTP 500*(tried 3 times)" },
  { "502", "'status':502,'body':'<html><h1>Bad Gateway</h1></html>'", OK, 2 },
  { "503-always", "'status':503,'times':0,'json':{'message':'write denied'}",
    VG_GLANCE_ERROR_UNAVAILABLE, 3, "*write denied*" },
  { "504-saving", "'status':504,'at':1,'leave':'saving','settle':0.05", OK, 2 },
  { "300", "'status':300,'json':{'choices':[]}", VG_GLANCE_ERROR_PROTOCOL, 1,
    "*HTTP 300*endpoint_override*" },
  { "302", "'status':302,'headers':['Location: /_images']",
    VG_GLANCE_ERROR_PROTOCOL, 1, "*HTTP 302*not followed*" },
  { "200-html", "'status':200,'body':'<h1>welcome</h1>','times':0",
    VG_GLANCE_ERROR_UNAVAILABLE, 3, "*still queued*" },

  /* connection cut */
  { "cut-0", "'cut':0,'leave':'queued'", OK, 2 },
  { "cut-50", "'cut':0.5,'leave':'saving','settle':0.05", OK, 2 },
  { "cut-100", "'cut':1,'leave':'queued'", OK, 2 },
  { "cut-always", "'cut':0.5,'leave':'queued','times':0",
    VG_GLANCE_ERROR_UNAVAILABLE, 3, "can't upload image *(tried 3 times)" },
  { "cut-deleted", "'cut':0.5,'leave':'deleted'", VG_GLANCE_ERROR_NOT_FOUND, 1,
    "*the image was deleted meanwhile*" },
  /* Glance lost track of it: another image is needed */
  { "500-stuck", "'status':500,'at':1,'leave':'saving'", VG_GLANCE_ERROR_STUCK,
    1,
    "can't upload *HTTP 500*; the image stays in the state 'saving'; try "
    "again" },
  { "502-stuck", "'status':502,'at':1,'leave':'saving'", VG_GLANCE_ERROR_STUCK,
    1, "*HTTP 502*'saving'*" },
  { "503-stuck", "'status':503,'at':1,'leave':'saving'", VG_GLANCE_ERROR_STUCK,
    1, "*HTTP 503*'saving'*" },
  { "504-stuck", "'status':504,'at':1,'leave':'saving'", VG_GLANCE_ERROR_STUCK,
    1, "*HTTP 504*'saving'*" },
  { "cut-stuck", "'cut':0.5,'leave':'saving'", VG_GLANCE_ERROR_STUCK, 1,
    "*'saving'*try again" },
  { "204-stuck", "'leave':'saving'", VG_GLANCE_ERROR_STUCK, 1,
    "can't upload *: the image stays in the state 'saving'*" },
  { "500-active", "'instead':500", OK, 1 },
  { "500-active-soon",
    "'instead':500,'leave':'saving','settle':0.05,'settle_as':'active'", OK,
    1 },
  { "504-active-soon",
    "'instead':504,'leave':'saving','settle':0.05,'settle_as':'active'", OK,
    1 },
  { "answer-lost", "'lost':true", OK, 1 },
  { "stall", "'stall':0.5,'leave':'queued'", OK, 2 },

  /* wrong data in the record */
  { "hash", "'record':{'os_hash_value':'abc'}", VG_GLANCE_ERROR_INTEGRITY, 1,
    "*sha512 is abc*try again" },
  { "size", "'record':{'size':17}", VG_GLANCE_ERROR_INTEGRITY, 1,
    "*is 17, but should be 3145728*" },
  { "algorithm", "'record':{'os_hash_algo':'rot13'}", VG_GLANCE_ERROR_INTEGRITY,
    1, "*rot13*" },
  { "checksum",
    "'record':{'os_hash_algo':null,'os_hash_value':null,'checksum':'0'}",
    VG_GLANCE_ERROR_INTEGRITY, 1, "*md5*" },

  /* the answer with 415 is lost; each retry would get a 500 */
  { "poisoned", "'cut':1,'leave':'queued','record':{'os_hash_value':'abc'}",
    VG_GLANCE_ERROR_CONTENT, 1, "*rejected it*another format*" },
};

static void
test_case (Fixture *f, gconstpointer data)
{
  const Case *test = data;
  g_autofree char *order =
      g_strdup_printf ("{'rules':[{'method':'PUT','path':'%s',%s}]}",
                       FAKE_FILE_PATH, test->rule);
  g_autoptr (VgImageRecord) record = NULL;

  fake_control (fake, order);
  record = upload_image (f);
  if (test->code == OK) {
    g_assert_no_error (f->error);
    g_assert_cmpstr (record->status, ==, "active");
    g_assert_cmpuint (record->size, ==, SIZE);
  } else {
    g_assert_null (record);
    g_assert_error (f->error, VG_GLANCE_ERROR, test->code);
    g_test_message ("%s", f->error->message);
    if (!g_pattern_match_simple (test->message, f->error->message))
      g_error ("not like \"%s\": %s", test->message, f->error->message);
  }
  g_assert_cmpuint (fake_count (fake, "PUT", FAKE_FILE_PATH), ==, test->puts);
}

static void
test_store_refused (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->upload.store = "nope";
  g_assert_null (upload_image (f));
  g_assert_error (f->error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE);
  g_clear_error (&f->error);
  f->upload.store = "web";
  f->body.base.rewind (&f->body.base, NULL);
  g_assert_null (upload_image (f));
  g_assert_error (f->error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE);
}

static void
test_algorithms (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const names[] = { "sha256",  "sha3_512", "blake2b",
                                       "blake2s", "sha1",     NULL };

  for (const char *const *name = names; *name != NULL; name++) {
    g_autofree char *order =
        g_strdup_printf ("{'config':{'hash_algo':'%s'}}", *name);
    g_autoptr (VgImageRecord) record = NULL;

    fake_reset (fake, order);
    fake_make_image (f->glance);
    fake_body_init (&f->body, SIZE);
    record = upload_image (f);
    g_assert_no_error (f->error);
    g_assert_cmpstr (record->os_hash_algo, ==, *name);
    g_assert_cmpuint (f->body.rewinds, ==, 1);
  }
}

/* An old Glance: only md5, or only the size. */
static void
test_no_hash (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  fake_control (fake, "{'config':{'hash_algo':null}}");
  record = upload_image (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (f->body.rewinds, ==, 1);
}

static void
test_body_error (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  f->body.fail_at = SIZE / 2;
  g_assert_null (upload_image (f));
  g_assert_error (f->error, G_FILE_ERROR, G_FILE_ERROR_IO);
  g_assert_cmpstr (f->error->message, ==, "the disk is on fire");
  g_assert_cmpuint (fake_count (fake, "PUT", FAKE_FILE_PATH), ==, 1);

  /* Queued again, or soon will be: the next upload waits for that. */
  g_clear_error (&f->error);
  fake_body_init (&f->body, SIZE);
  record = upload_image (f);
  g_assert_no_error (f->error);
}

static void
test_body_too_short (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->body.end_at = SIZE / 2;
  g_assert_null (upload_image (f));
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT);
}

static void
test_empty (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  fake_body_init (&f->body, 0);
  record = upload_image (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (record->size, ==, 0);
}

/* The token expires during the upload: Glance accepts the upload_image, and
 * later requests use a new token. */
static void
test_token_ends (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *order =
      g_strdup_printf ("{'rules':[{'method':'GET','path':'%s',"
                       "'revoke':true}]}",
                       FAKE_IMAGE_PATH);
  g_autoptr (VgImageRecord) record = NULL;

  fake_control (fake, order);
  record = upload_image (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (fake_count (fake, "PUT", FAKE_FILE_PATH), ==, 1);
  g_assert_cmpuint (fake_count (fake, "POST", "/v3/auth/tokens"), ==, 2);
}

/* A token that isn't fresh is renewed before the stream begins. */
static void
test_token_renewed (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  f->glance->token_from -= 10 * 60 * (gint64) G_USEC_PER_SEC;
  record = upload_image (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (fake_count (fake, "POST", "/v3/auth/tokens"), ==, 2);
  g_assert_cmpuint (fake_count (fake, "PUT", FAKE_FILE_PATH), ==, 1);
}

/* The first try's data arrived after all, so the second is refused half-way:
 * the hash is still that of the whole body. */
static void
test_late_arrival (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char sum[] =
      "2543f84bb42ea7b4df31f3db941548237bcbba85edaff968262ecddd2a9b199b722a5c"
      "58ab149edcd0d8a3639b2849d083092d36a03aebddcd0cc57e47cc4d94";
  g_autofree char *order = g_strdup_printf (
      "{'rules':[{'method':'PUT','cut':0.5,'leave':'queued'},"
      "{'method':'PUT','status':409,'at':0.5,'leave':'active','record':"
      "{'size':%" G_GUINT64_FORMAT ",'os_hash_algo':'sha512',"
      "'os_hash_value':'%s'}}]}",
      SIZE, sum);
  g_autoptr (VgImageRecord) record = NULL;

  fake_control (fake, order);
  record = upload_image (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (fake_count (fake, "PUT", FAKE_FILE_PATH), ==, 2);
}

/* Keystone is unavailable for a renewal: the old token is used. */
static void
test_keystone_away (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  f->glance->token_from -= 10 * 60 * (gint64) G_USEC_PER_SEC;
  fake_control (fake, "{'rules':[{'path':'/v3/.*','status':503,'times':0}]}");
  record = upload_image (f);
  g_assert_no_error (f->error);
}

/* Glance is unavailable in the middle, for longer than the timeout of a
 * request. */
static void
test_glance_away (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  fake_control (fake, "{'rules':[{'method':'PUT','cut':0.5,'leave':'queued'},"
                      "{'method':'GET','status':503,'times':7}]}");
  record = upload_image (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (fake_count (fake, "PUT", FAKE_FILE_PATH), ==, 2);
}

/* A store's name can't inject a header. */
static void
test_header_injection (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->upload.store = "fast\r\nX-Evil: 1";
  g_assert_null (upload_image (f));
  g_assert_error (f->error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG);
  g_assert_cmpuint (fake_count (fake, "PUT", FAKE_FILE_PATH), ==, 0);
}

static gpointer
cancel_soon (gpointer cancellable)
{
  g_usleep (200 * 1000);
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
test_cancel (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gint64 begin = g_get_monotonic_time ();
  GThread *thread = g_thread_new ("cancel", cancel_soon, cancellable);

  f->config->timeout = 30;
  fake_control (fake, "{'rules':[{'method':'PUT','stall':0.5,"
                      "'leave':'queued'}]}");
  g_assert_null (vg_glance_upload (f->glance, &f->upload, &f->body.base,
                                   cancellable, &f->error));
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 20 * G_USEC_PER_SEC);
  g_thread_join (thread);
}

static void
test_rate (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  gint64 begin = g_get_monotonic_time ();
  g_autoptr (VgImageRecord) record = NULL;

  vg_glance_free (f->glance);
  f->config->upload_rate = SIZE;
  f->glance = fake_session (f->config);
  record = upload_image (f);
  g_assert_no_error (f->error);
  g_assert_cmpint (g_get_monotonic_time () - begin, >, 600 * 1000);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 20 * G_USEC_PER_SEC);
}

/* What is set later counts instead of the configuration. */
static void
test_set_rate (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  gint64 begin = g_get_monotonic_time ();
  g_autoptr (VgImageRecord) record = NULL;

  vg_glance_set_upload_rate (f->glance, SIZE);
  record = upload_image (f);
  g_assert_no_error (f->error);
  g_assert_cmpint (g_get_monotonic_time () - begin, >, 600 * 1000);
}

/* The pauses of a low rate are no stalls. */
static void
test_low_rate (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  vg_glance_free (f->glance);
  f->config->timeout = 2;
  f->config->num_retries = 0;
  f->config->upload_rate = LITTLE / 5;
  f->glance = fake_session (f->config);
  fake_body_init (&f->body, LITTLE);
  record = upload_image (f);
  g_assert_no_error (f->error);
}

/* A body that knows how much was wanted at a time. */
typedef struct {
  FakeBody fake;
  gssize (*read) (VgBody *body, void *buf, gsize n, GError **error);
  gsize most;
} WatchedBody;

static gssize
read_watched (VgBody *base, void *buf, gsize n, GError **error)
{
  WatchedBody *body = (WatchedBody *) base;

  body->most = MAX (body->most, n);
  return body->read (base, buf, n, error);
}

/* A few bytes a second are sent a few at a time. */
static void
test_lowest_rate (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;
  gint64 begin = g_get_monotonic_time ();
  WatchedBody body = { .most = 0 };

  fake_body_init (&body.fake, 30);
  body.read = body.fake.base.read;
  body.fake.base.read = read_watched;
  vg_glance_set_upload_rate (f->glance, 10);
  record = vg_glance_upload (f->glance, &f->upload, &body.fake.base, NULL,
                             &f->error);
  g_assert_no_error (f->error);
  g_assert_cmpuint (body.most, <=, 10);
  g_assert_cmpint (g_get_monotonic_time () - begin, >, 2 * G_USEC_PER_SEC);
}

/* uWSGI never sends "100 Continue". */
static void
test_no_continue (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  vg_glance_free (f->glance);
  f->config->timeout = 3; /* libcurl waits for a second */
  f->glance = fake_session (f->config);
  fake_control (fake, "{'config':{'expect':'never'}}");
  record = upload_image (f);
  g_assert_no_error (f->error);
}

#define ADD(path, function)                                                    \
  g_test_add ("/glance-upload/" path, Fixture, NULL, set_up, function,         \
              tear_down)

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  ADD ("headers", test_headers);
  ADD ("default-store", test_default_store);
  ADD ("store-refused", test_store_refused);
  ADD ("algorithms", test_algorithms);
  ADD ("no-hash", test_no_hash);
  ADD ("body-error", test_body_error);
  ADD ("body-too-short", test_body_too_short);
  ADD ("empty", test_empty);
  ADD ("token-ends", test_token_ends);
  ADD ("token-renewed", test_token_renewed);
  ADD ("late-arrival", test_late_arrival);
  ADD ("keystone-away", test_keystone_away);
  ADD ("glance-away", test_glance_away);
  ADD ("header-injection", test_header_injection);
  ADD ("cancel", test_cancel);
  ADD ("rate", test_rate);
  ADD ("set-rate", test_set_rate);
  ADD ("low-rate", test_low_rate);
  ADD ("lowest-rate", test_lowest_rate);
  ADD ("no-continue", test_no_continue);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path =
        g_strconcat ("/glance-upload/fault/", cases[i].name, NULL);

    g_test_add (path, Fixture, &cases[i], set_up, test_case, tear_down);
  }
  fake = fake_new (NULL);
  result = g_test_run ();
  fake_free (fake);
  return result;
}
