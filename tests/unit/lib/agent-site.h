/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the agent works with, for tests of it: domains of libvirt's test driver,
 * which are shut off, a spool, and the fake Glance. Failures end the test. */
#pragma once

#include <libvirt/libvirt.h>

#include "lib/glance-fake.h"

#define SITE_URI "test:///default"
#define SITE_DISK_SIZE 307200

/* Uploads: in a rule for the fake, and as the path of requests. */
#define SITE_PUT_RULE "'method':'PUT','path':'/v2/images/[^/]*/file'"
#define SITE_PUTS "/v2/images/*/file"

typedef struct {
  char *dir; /* the state's, with all that belongs to it */
  Fake *fake;
  VgConfig *config;
  virConnectPtr connection; /* keeps the test driver's domains */
  GMainLoop *loop;          /* of GLib's default context, or NULL, … */
  GThread *thread;          /* … by this thread */
} Site;

/* Begins anew. The fake is borrowed. */
void site_init (Site *site, Fake *fake);

/* The same in another process that works with a folder of a site, and a fake at
 * that address; not to be cleared. */
void site_join (Site *site, const char *dir, const char *url);

/* Nothing is left then but journals, and the spool's folders: this is checked.
 */
void site_clear (Site *site);

/* Checks the same, and waits for processes to end. */
void site_assert_nothing_left (const Site *site);

/* Runs GLib's default main loop in a thread, until site_clear(). */
void site_run_loop (Site *site);

/* A domain of that number, whose name is "guest1" and so on. metadata: what is
 * in its <metadata>. Its one disk is a raw file of SITE_DISK_SIZE bytes. */
void site_define (Site *site, guint number, const char *metadata);
void site_undefine (Site *site, guint number);
char *site_get_uuid (guint number); /* free with g_free() */
char *site_get_disk (const Site *site, guint number);
virDomainPtr site_find (const Site *site, guint number);

/* An order for that domain: a file that appears in the spool whole. kind:
 * "request" …; rest: further members, as JSON with single quotes. folder: "",
 * or "pending/". */
void site_add_order (const Site *site, const char *folder, const char *id,
                     const char *kind, guint number, const char *rest);

/* How many files, not folders, a folder below the site's has. */
guint site_count_files (const Site *site, const char *folder);

/* The element in the domain's metadata, or NULL; and to put one there. Free
 * with g_free(). */
char *site_get_metadata (const Site *site, guint number, const char *uri);
void site_set_metadata (const Site *site, guint number, const char *uri,
                        const char *xml);

/* Checks the domain's status for texts, NULL-ended; or waits until it has them
 * all. */
void site_assert_status (const Site *site, guint number,
                         ...) G_GNUC_NULL_TERMINATED;
void site_await_status (const Site *site, guint number,
                        ...) G_GNUC_NULL_TERMINATED;

/* The fake's images of that name, or with NULL all, that are active. */
guint site_count_images (const Site *site, const char *name);

/* Waits until so many requests like that came to the fake; the path is a
 * pattern. */
void site_await_requests (const Site *site, const char *method,
                          const char *path, guint n);
guint site_count_requests (const Site *site, const char *method,
                           const char *path);

/* Waits until no order is left in the spool. */
void site_await_spool (const Site *site);

/* The main() of programs whose tests share a fake, which add_tests gives them;
 * they are skipped without qemu-nbd. */
int site_main (int argc, char **argv, void (*add_tests) (Fake *fake));
