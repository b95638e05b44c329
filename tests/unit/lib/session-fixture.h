/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the room glance share: the fake Glance, and a session with
 * it. */
#pragma once

#include "glance/glance.h"
#include "lib/glance-fake.h"

/* While the tests run. */
extern Fake *fake;

typedef struct {
  VgConfig *config;
  VgGlance *glance;
  GError *error;
} SessionFixture;

/* Adds a test with that fixture; the fake is reset for it. */
void session_fixture_add (const char *path,
                          void (*test) (SessionFixture *, gconstpointer));

/* Runs all tests with the fake, those with other fixtures as well. Returns the
 * program's status. */
int session_fixture_run (void);

/* Begins a new session, by the configuration as it is now. */
void session_renew (SessionFixture *f);

/* Checks code and message of the error, then clears it. */
void session_assert_failed (SessionFixture *f, gint code, const char *pattern);
