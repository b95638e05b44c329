/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs tests/fake_glance.py as a child process and controls it. JSON is written
 * with single quotes here. Failures end the test. */
#pragma once

#include <gio/gio.h>

#include "glance/session.h"

typedef struct {
  GSubprocess *process;
  char *url;
  GMutex lock;  /* protects http: tests have threads */
  VgHttp *http; /* for requests to /_control */
} Fake;

/* pem: a file with certificate and key for TLS, or NULL. */
Fake *fake_new (const char *pem);
void fake_free (Fake *fake);

/* Resets the fake, then POSTs order (or NULL) to /_control. */
void fake_reset (Fake *fake, const char *order);
void fake_control (Fake *fake, const char *order);

/* All requests so far, as an array; and the number of those with that method
 * and path. */
VgJson *fake_log (Fake *fake);
guint fake_count (Fake *fake, const char *method, const char *path);
/* The last request with that method and path; a new reference. */
VgJson *fake_last (Fake *fake, const char *method, const char *path);

/* The present records of all images, as an array. */
VgJson *fake_images (Fake *fake);
/* An image's present record; NULL if there is none of that id. */
VgJson *fake_image (Fake *fake, const char *id);

/* A configuration for the fake's Keystone, with short pauses and timeouts; and
 * a session that uses it. */
VgConfig *fake_config (Fake *fake);
VgGlance *fake_session (const VgConfig *config);

/* A queued image, created through glance. */
#define FAKE_IMAGE "11111111-2222-4333-8444-555555555555"
#define FAKE_IMAGE_PATH "/v2/images/" FAKE_IMAGE
#define FAKE_FILE_PATH FAKE_IMAGE_PATH "/file"
void fake_make_image (VgGlance *glance);

/* A body whose bytes differ by position. */
typedef struct {
  VgBody base;
  guint64 at;
  guint64 fail_at; /* position of a read error; G_MAXUINT64: none */
  guint64 end_at;  /* actual end, whatever length is */
  guint rewinds;
} FakeBody;

void fake_body_init (FakeBody *body, guint64 length);
