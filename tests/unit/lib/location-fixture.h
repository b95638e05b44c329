/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of locations share: a queued image of session-fixture.h's
 * fake, and requests for it. */
#pragma once

#include "glance/glance.h"
#include "lib/session-fixture.h"

#define LOCATION_FSID "2f0e1d4c-93b1-4b6e-8f0a-6c2d5e7f8a9b"
#define LOCATION_PLACE "rbd://" LOCATION_FSID "/images/" FAKE_IMAGE "/snap"
#define LOCATION_POST FAKE_IMAGE_PATH "/locations"

/* Members of the fake's config. */
#define LOCATION_STORES                                                        \
  "'stores':[{'id':'fast','default':true},"                                    \
  "{'id':'ceph','type':'rbd','fsid':'" LOCATION_FSID "','pool':'images'}]"
#define LOCATION_OLD LOCATION_STORES ",'show_locations':true"
#define LOCATION_NEW LOCATION_STORES ",'api_minor':17,'service':true"

typedef struct {
  VgConfig *config;
  VgGlance *glance;
  VgImageRecord *record;
  GError *error;
} LocationFixture;

/* Adds a test with that fixture, for session_fixture_run(). */
void location_fixture_add (const char *path,
                           void (*test) (LocationFixture *, gconstpointer));

/* Prepares the fake with that config and rules, a queued image, and a new
 * session. */
void location_start (LocationFixture *f, const char *config, const char *rules);

/* Adds a location to the image; what comes of it is in the fixture. */
void location_add (LocationFixture *f, const char *url,
                   GCancellable *cancellable);

/* What came of it: an active image; or an error of that code and message. */
void location_assert_active (LocationFixture *f);
void location_assert_failed (LocationFixture *f, gint code,
                             const char *pattern);

/* That the image still waits for its data. */
void location_assert_queued (void);

/* How often Glance was asked by each method. */
void location_assert_asked (guint posts, guint patches);
