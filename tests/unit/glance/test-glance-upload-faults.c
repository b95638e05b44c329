/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Uploads to a Glance that refuses, cuts connections, stalls, and returns wrong
 * data; and to one whose tokens end. */
#include "lib/upload-fixture.h"

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
test_case (UploadFixture *f, gconstpointer data)
{
  const Case *test = data;
  g_autofree char *order =
      g_strdup_printf ("{'rules':[{'method':'PUT','path':'%s',%s}]}",
                       FAKE_FILE_PATH, test->rule);
  g_autoptr (VgImageRecord) record = NULL;

  fake_control (fake, order);
  record = upload_send (f);
  if (test->code == OK) {
    g_assert_no_error (f->error);
    g_assert_cmpstr (record->status, ==, "active");
    g_assert_cmpuint (record->size, ==, UPLOAD_SIZE);
  } else {
    g_assert_null (record);
    g_assert_error (f->error, VG_GLANCE_ERROR, test->code);
    g_test_message ("%s", f->error->message);
    if (!g_pattern_match_simple (test->message, f->error->message))
      g_error ("not like \"%s\": %s", test->message, f->error->message);
  }
  g_assert_cmpuint (fake_count (fake, "PUT", FAKE_FILE_PATH), ==, test->puts);
}

/* The token expires during the upload: Glance accepts the upload, and later
 * requests use a new token. */
static void
test_token_ends (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *order =
      g_strdup_printf ("{'rules':[{'method':'GET','path':'%s',"
                       "'revoke':true}]}",
                       FAKE_IMAGE_PATH);
  g_autoptr (VgImageRecord) record = NULL;

  fake_control (fake, order);
  record = upload_send (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (fake_count (fake, "PUT", FAKE_FILE_PATH), ==, 1);
  g_assert_cmpuint (fake_count (fake, "POST", "/v3/auth/tokens"), ==, 2);
}

/* A token that isn't fresh is renewed before the stream begins. */
static void
test_token_renewed (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  f->glance->token_from -= 10 * 60 * (gint64) G_USEC_PER_SEC;
  record = upload_send (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (fake_count (fake, "POST", "/v3/auth/tokens"), ==, 2);
  g_assert_cmpuint (fake_count (fake, "PUT", FAKE_FILE_PATH), ==, 1);
}

/* The first try's data arrived after all, so the second is refused half-way:
 * the hash is still that of the whole body. */
static void
test_late_arrival (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char sum[] =
      "2543f84bb42ea7b4df31f3db941548237bcbba85edaff968262ecddd2a9b199b722a5c"
      "58ab149edcd0d8a3639b2849d083092d36a03aebddcd0cc57e47cc4d94";
  g_autofree char *order = g_strdup_printf (
      "{'rules':[{'method':'PUT','cut':0.5,'leave':'queued'},"
      "{'method':'PUT','status':409,'at':0.5,'leave':'active','record':"
      "{'size':%" G_GUINT64_FORMAT ",'os_hash_algo':'sha512',"
      "'os_hash_value':'%s'}}]}",
      UPLOAD_SIZE, sum);
  g_autoptr (VgImageRecord) record = NULL;

  fake_control (fake, order);
  record = upload_send (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (fake_count (fake, "PUT", FAKE_FILE_PATH), ==, 2);
}

/* Keystone is unavailable for a renewal: the old token is used. */
static void
test_keystone_away (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  f->glance->token_from -= 10 * 60 * (gint64) G_USEC_PER_SEC;
  fake_control (fake, "{'rules':[{'path':'/v3/.*','status':503,'times':0}]}");
  record = upload_send (f);
  g_assert_no_error (f->error);
}

/* Glance is unavailable in the middle, for longer than the timeout of a
 * request. */
static void
test_glance_away (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  fake_control (fake, "{'rules':[{'method':'PUT','cut':0.5,'leave':'queued'},"
                      "{'method':'GET','status':503,'times':7}]}");
  record = upload_send (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (fake_count (fake, "PUT", FAKE_FILE_PATH), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  upload_fixture_add ("/glance-upload/token-ends", NULL, test_token_ends);
  upload_fixture_add ("/glance-upload/token-renewed", NULL, test_token_renewed);
  upload_fixture_add ("/glance-upload/late-arrival", NULL, test_late_arrival);
  upload_fixture_add ("/glance-upload/keystone-away", NULL, test_keystone_away);
  upload_fixture_add ("/glance-upload/glance-away", NULL, test_glance_away);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path =
        g_strconcat ("/glance-upload/fault/", cases[i].name, NULL);

    upload_fixture_add (path, &cases[i], test_case);
  }
  return session_fixture_run ();
}
