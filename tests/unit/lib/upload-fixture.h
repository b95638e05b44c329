/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of uploads share: a queued image of session-fixture.h's fake,
 * and a body for it. */
#pragma once

#include "glance/glance.h"
#include "lib/session-fixture.h"

#define UPLOAD_SIZE ((guint64) 3 << 20) /* of the body, in bytes */

typedef struct {
  VgConfig *config;
  VgGlance *glance;
  FakeBody body;
  VgUpload upload;
  GError *error;
} UploadFixture;

/* Adds a test with that fixture, for session_fixture_run(). */
void upload_fixture_add (const char *path, gconstpointer data,
                         void (*test) (UploadFixture *, gconstpointer));

/* Uploads the image; NULL: the fixture's error says why not. */
VgImageRecord *upload_send (UploadFixture *f);
