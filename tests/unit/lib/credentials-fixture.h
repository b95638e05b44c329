/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of credentials share: where they are looked for. */
#pragma once

#include "glance/credentials.h"

/* Every test runs in an empty directory, which is HOME too, and without any OS_
 * variable. */
typedef struct {
  char *directory;
  VgConfig *config;
  GError *error;
} CredentialsFixture;

/* Adds a test with that fixture; and runs all. */
void credentials_fixture_add (const char *path,
                              void (*test) (CredentialsFixture *,
                                            gconstpointer));
int credentials_fixture_run (void);

/* Whole credentials in the configuration. */
void credentials_set_config (CredentialsFixture *f);

/* What is loaded, to be freed with vg_credentials_free(); or it is refused,
 * with such a message. */
VgCredentials *credentials_load (CredentialsFixture *f);
void credentials_refuse (CredentialsFixture *f, const char *pattern);
