/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the daemon share: a site with the domain "guest1", and the
 * daemon, which the test starts. The programs are linked with TEST_CLOCK_WRAPS
 * and LIBVIRT_FAULT_WRAPS. */
#pragma once

#include "lib/agent-daemon.h"

#define DAEMON_SECOND G_USEC_PER_SEC
#define REQUEST_URI "urn:virt-glance:request"
#define POLICY_URI "urn:virt-glance:policy"

typedef struct {
  Site site;
  Daemon daemon;
} DaemonFixture;

/* Adds a test with that fixture; for site_main(). */
void daemon_fixture_add (Fake *fake, const char *path,
                         void (*test) (DaemonFixture *, gconstpointer));

/* An order for that domain, for a snapshot of that name. */
void daemon_add (DaemonFixture *f, const char *id, guint number,
                 const char *name);

/* Glance holds an upload, after as many others, until they are released. */
void daemon_hold (DaemonFixture *f, guint skip);
void daemon_release (DaemonFixture *f);

/* Waits until the daemon has looked at all domains once: by a wrong policy of
 * guest1, which it answers at once, and not before that look is over. */
void daemon_await_look (DaemonFixture *f);
