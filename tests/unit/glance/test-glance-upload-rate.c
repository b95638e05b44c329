/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Uploads that are kept slow, and are no stalls then. */
#include "lib/upload-fixture.h"

#define LITTLE 20000 /* more than libcurl's smallest buffer */

static void
test_rate (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  gint64 begin = g_get_monotonic_time ();
  g_autoptr (VgImageRecord) record = NULL;

  vg_glance_free (f->glance);
  f->config->upload_rate = UPLOAD_SIZE;
  f->glance = fake_session (f->config);
  record = upload_send (f);
  g_assert_no_error (f->error);
  g_assert_cmpint (g_get_monotonic_time () - begin, >, 600 * 1000);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 20 * G_USEC_PER_SEC);
}

/* What is set later counts instead of the configuration. */
static void
test_set_rate (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  gint64 begin = g_get_monotonic_time ();
  g_autoptr (VgImageRecord) record = NULL;

  vg_glance_set_upload_rate (f->glance, UPLOAD_SIZE);
  record = upload_send (f);
  g_assert_no_error (f->error);
  g_assert_cmpint (g_get_monotonic_time () - begin, >, 600 * 1000);
}

/* The pauses of a low rate are no stalls. */
static void
test_low_rate (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;

  vg_glance_free (f->glance);
  f->config->timeout = 2;
  f->config->num_retries = 0;
  f->config->upload_rate = LITTLE / 5;
  f->glance = fake_session (f->config);
  fake_body_init (&f->body, LITTLE);
  record = upload_send (f);
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
test_lowest_rate (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
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

static guint64
ask_faster (gpointer data)
{
  guint *asked = data;

  return (*asked)++ == 0 ? 1000 : 1000 * 1000 * 1000;
}

/* A pace that is slow at first is followed, as it changes while the body is
 * sent: at the first one this would take minutes. */
static void
test_pace (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgImageRecord) record = NULL;
  gint64 begin = g_get_monotonic_time ();
  guint asked = 0;

  vg_glance_set_upload_pace (f->glance, ask_faster, &asked);
  record = upload_send (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (asked, >=, 2);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  upload_fixture_add ("/glance-upload/rate", NULL, test_rate);
  upload_fixture_add ("/glance-upload/set-rate", NULL, test_set_rate);
  upload_fixture_add ("/glance-upload/pace", NULL, test_pace);
  upload_fixture_add ("/glance-upload/low-rate", NULL, test_low_rate);
  upload_fixture_add ("/glance-upload/lowest-rate", NULL, test_lowest_rate);
  return session_fixture_run ();
}
