/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The domain "test" of libvirt's test driver; see test-host.c for what that
 * driver can do. */
#pragma once

#include <libvirt/libvirt.h>

#include "host/guest.h"
#include "host/host.h"
#include "util/config.h"

#define GUEST_URI "test:///default"
#define GUEST_UUID "6695eb01-f6a4-8304-79aa-97f2502e193f"

typedef struct {
  char *dir;        /* the state's, with that of the policies in it */
  VgConfig *config; /* which names both */
  VgHost *host;
  VgGuest *guest;

  /* The same by a connection of the test's own. */
  virConnectPtr connection;
  virDomainPtr domain;
} GuestFixture;

/* Adds a test with that fixture. */
void guest_fixture_add (const char *path,
                        void (*test) (GuestFixture *, gconstpointer));

/* Puts an element into the domain's metadata; or returns it, or NULL, to be
 * freed with g_free(). */
void guest_put_metadata (GuestFixture *f, const char *uri, const char *xml);
char *guest_get_metadata (GuestFixture *f, const char *uri);
