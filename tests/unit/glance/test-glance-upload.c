/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Uploads to a Glance: what is sent, in which store, and that what arrived is
 * compared with it. */
#include "lib/upload-fixture.h"

static void
on_progress (guint64 sent, guint64 total, gpointer data)
{
  guint64 *last = data;

  g_assert_cmpuint (total, ==, UPLOAD_SIZE);
  *last = sent;
}

static void
test_headers (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;
  g_autoptr (VgJson) request = NULL;
  g_autofree char *length = g_strdup_printf ("%" G_GUINT64_FORMAT, UPLOAD_SIZE);
  guint64 last = 0;
  VgJson *headers;

  f->upload.store = "cheap";
  f->upload.base_ref = "base-image";
  f->upload.progress = on_progress;
  f->upload.progress_data = &last;
  record = upload_send (f);
  g_assert_no_error (f->error);
  g_assert_cmpstr (record->status, ==, "active");
  g_assert_cmpuint (record->size, ==, UPLOAD_SIZE);
  g_assert_cmpstr (record->stores[0], ==, "cheap");
  g_assert_cmpuint (last, ==, UPLOAD_SIZE);
  request = fake_last (fake, "PUT", FAKE_FILE_PATH);
  headers = vg_json_get (request, "headers");
  g_assert_cmpint (vg_json_get_int (request, "bytes", 0), ==, UPLOAD_SIZE);
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

/* The end is told when all is sent, whatever Glance makes of it. */
static void
test_all_sent (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  guint64 last = 0;

  f->upload.progress = on_progress;
  f->upload.progress_data = &last;
  fake_control (fake, "{'rules':[{'method':'PUT','cut':1,'leave':'deleted'}]}");
  g_assert_null (upload_send (f));
  g_assert_error (f->error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_NOT_FOUND);
  g_assert_cmpuint (last, ==, UPLOAD_SIZE);
}

static void
test_default_store (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = upload_send (f);
  g_autoptr (VgJson) request = fake_last (fake, "PUT", FAKE_FILE_PATH);
  VgJson *headers = vg_json_get (request, "headers");

  g_assert_no_error (f->error);
  g_assert_cmpstr (record->stores[0], ==, "reliable");
  g_assert_null (vg_json_get_string (headers, "x-image-meta-store"));
  g_assert_null (vg_json_get_string (headers, "x-openstack-base-image-ref"));
}

static void
test_store_refused (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->upload.store = "nope";
  g_assert_null (upload_send (f));
  g_assert_error (f->error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE);
  g_clear_error (&f->error);
  f->upload.store = "web";
  f->body.base.rewind (&f->body.base, NULL);
  g_assert_null (upload_send (f));
  g_assert_error (f->error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE);
}

static void
test_algorithms (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const names[] = { "sha256",  "sha3_512", "blake2b",
                                       "blake2s", "sha1",     NULL };

  for (const char *const *name = names; *name != NULL; name++) {
    g_autofree char *order =
        g_strdup_printf ("{'config':{'hash_algo':'%s'}}", *name);
    g_autoptr (VgImageRecord) record = NULL;

    fake_reset (fake, order);
    fake_make_image (f->glance);
    fake_body_init (&f->body, UPLOAD_SIZE);
    record = upload_send (f);
    g_assert_no_error (f->error);
    g_assert_cmpstr (record->os_hash_algo, ==, *name);
    g_assert_cmpuint (f->body.rewinds, ==, 1);
  }
}

/* An old Glance: only md5, or only the size. */
static void
test_no_hash (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  fake_control (fake, "{'config':{'hash_algo':null}}");
  record = upload_send (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (f->body.rewinds, ==, 1);
}

static void
test_body_error (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  f->body.fail_at = UPLOAD_SIZE / 2;
  g_assert_null (upload_send (f));
  g_assert_error (f->error, G_FILE_ERROR, G_FILE_ERROR_IO);
  g_assert_cmpstr (f->error->message, ==, "the disk is on fire");
  g_assert_cmpuint (fake_count (fake, "PUT", FAKE_FILE_PATH), ==, 1);

  /* Queued again, or soon will be: the next upload waits for that. */
  g_clear_error (&f->error);
  fake_body_init (&f->body, UPLOAD_SIZE);
  record = upload_send (f);
  g_assert_no_error (f->error);
}

static void
test_body_too_short (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->body.end_at = UPLOAD_SIZE / 2;
  g_assert_null (upload_send (f));
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT);
}

static void
test_empty (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  fake_body_init (&f->body, 0);
  record = upload_send (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (record->size, ==, 0);
}

/* A store's name can't inject a header. */
static void
test_header_injection (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->upload.store = "fast\r\nX-Evil: 1";
  g_assert_null (upload_send (f));
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
test_cancel (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
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

/* uWSGI never sends "100 Continue". */
static void
test_no_continue (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  vg_glance_free (f->glance);
  f->config->timeout = 3; /* libcurl waits for a second */
  f->glance = fake_session (f->config);
  fake_control (fake, "{'config':{'expect':'never'}}");
  record = upload_send (f);
  g_assert_no_error (f->error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  upload_fixture_add ("/glance-upload/headers", NULL, test_headers);
  upload_fixture_add ("/glance-upload/all-sent", NULL, test_all_sent);
  upload_fixture_add ("/glance-upload/default-store", NULL, test_default_store);
  upload_fixture_add ("/glance-upload/store-refused", NULL, test_store_refused);
  upload_fixture_add ("/glance-upload/algorithms", NULL, test_algorithms);
  upload_fixture_add ("/glance-upload/no-hash", NULL, test_no_hash);
  upload_fixture_add ("/glance-upload/body-error", NULL, test_body_error);
  upload_fixture_add ("/glance-upload/body-too-short", NULL,
                      test_body_too_short);
  upload_fixture_add ("/glance-upload/empty", NULL, test_empty);
  upload_fixture_add ("/glance-upload/header-injection", NULL,
                      test_header_injection);
  upload_fixture_add ("/glance-upload/cancel", NULL, test_cancel);
  upload_fixture_add ("/glance-upload/no-continue", NULL, test_no_continue);
  return session_fixture_run ();
}
