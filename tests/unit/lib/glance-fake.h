/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/fake_glance.py as a child process, and what tests ask of it. JSON is
 * written with single quotes here. Failures end the test. */
#pragma once

#include <gio/gio.h>

#include "glance/session.h"

typedef struct {
  GSubprocess *process;
  char *url;
  VgHttp *http; /* for its control */
} Fake;

/* pem: a file with certificate and key for TLS, or NULL. */
Fake *fake_new (const char *pem);
void fake_free (Fake *fake);

/* Begins anew, then POSTs order (or NULL) to /_control. */
void fake_reset (Fake *fake, const char *order);
void fake_control (Fake *fake, const char *order);

/* The requests so far: an array, and how many have that method and path. */
VgJson *fake_log (Fake *fake);
guint fake_count (Fake *fake, const char *method, const char *path);
/* The last of them; a new reference. */
VgJson *fake_last (Fake *fake, const char *method, const char *path);

/* The images' records as they are: an array. */
VgJson *fake_images (Fake *fake);
/* That image's; NULL: there is none of that id. */
VgJson *fake_image (Fake *fake, const char *id);

/* A configuration for the fake's Keystone, with short pauses and timeouts;
 * and a session with it. */
VgConfig *fake_config (Fake *fake);
VgGlance *fake_session (const VgConfig *config);

/* A queued image, made by glance. */
#define FAKE_IMAGE "11111111-2222-4333-8444-555555555555"
#define FAKE_IMAGE_PATH "/v2/images/" FAKE_IMAGE
#define FAKE_FILE_PATH FAKE_IMAGE_PATH "/file"
void fake_make_image (VgGlance *glance);

/* Bytes that can be told apart. */
typedef struct {
  VgBody base;
  guint64 at;
  guint64 fail_at; /* read fails there; G_MAXUINT64: never */
  guint64 end_at;  /* it ends there, whatever length says */
  guint rewinds;
} FakeBody;

void fake_body_init (FakeBody *body, guint64 length);
