/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image that is to be uploaded to the fake Glance. */
#include "lib/upload-fixture.h"

static void
set_up (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  fake_reset (fake, NULL);
  f->config = fake_config (fake);
  f->glance = fake_session (f->config);
  fake_make_image (f->glance);
  fake_body_init (&f->body, UPLOAD_SIZE);
  f->upload.image_id = FAKE_IMAGE;
}

static void
tear_down (UploadFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  vg_glance_free (f->glance);
  vg_config_free (f->config);
  g_clear_error (&f->error);
}

VgImageRecord *
upload_send (UploadFixture *f)
{
  return vg_glance_upload (f->glance, &f->upload, &f->body.base, NULL,
                           &f->error);
}

void
upload_fixture_add (const char *path, gconstpointer data,
                    void (*test) (UploadFixture *, gconstpointer))
{
  g_test_add (path, UploadFixture, data, set_up, test, tear_down);
}
