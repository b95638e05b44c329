/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of single orders share: a site with the domain "guest1", and
 * the agent's worker, called by the test. The programs are linked with
 * TEST_CLOCK_WRAPS and LIBVIRT_FAULT_WRAPS. */
#pragma once

#include "glance/pool.h"
#include "host/host.h"
#include "journal/journal.h"
#include "lib/agent-site.h"

#define ORDER_ID "1700000000000000-00000001"

/* What a plain snapshot asks for. */
#define ORDER_PLAIN "'wish':{'name':'one','store':'cheap','format':'raw'}"

/* Metadata of a guest that was made from that image. */
#define ORDER_NOVA(image)                                                      \
  "<nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'>"   \
  "<nova:root type='image' uuid='" image "'/></nova:instance>"

typedef struct {
  Site site;
  VgHost *host;
  GCancellable *cancellable;
  VgGlancePool *glances;
} OrderFixture;

/* Adds a test with that fixture; for site_main(). */
void order_fixture_add (Fake *fake, const char *path,
                        void (*test) (OrderFixture *, gconstpointer));

/* Puts the order ORDER_ID into the spool: see site_add_order(). */
void order_add (OrderFixture *f, const char *kind, const char *rest);

/* Carries the only order of the spool out; whether it is over. */
gboolean order_run (OrderFixture *f);

/* The same as the function of a thread. */
gpointer order_run_in_thread (gpointer data);

/* Checks whether the order has left the spool. */
void order_assert_over (OrderFixture *f, gboolean over);

/* Adds an order and carries it out, which is over then; or a request, which is
 * not. */
void order_run_to_end (OrderFixture *f, const char *kind, const char *rest);
void order_run_to_wait (OrderFixture *f, const char *rest);

/* The only one. Free with vg_journal_free(). */
VgJournal *order_get_journal (OrderFixture *f);
