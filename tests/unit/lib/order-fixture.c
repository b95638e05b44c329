/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carries an order out in the test's thread. */
#include "lib/order-fixture.h"

#include "agent/order-worker.h"
#include "lib/libvirt-fault.h"
#include "lib/log-record.h"
#include "request/spool.h"

static void
set_up (OrderFixture *f, gconstpointer fake)
{
  libvirt_fault_reset ();
  site_init (&f->site, (Fake *) fake);
  site_define (&f->site, 1, "");
  site_run_loop (&f->site);
  f->host = vg_host_new (SITE_URI);
  f->cancellable = g_cancellable_new ();
  f->glances = vg_glance_pool_new (f->site.config);
  log_record_clear ();
}

static void
tear_down (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_fault_reset ();
  vg_host_free (f->host);
  vg_glance_pool_free (f->glances);
  g_object_unref (f->cancellable);
  site_clear (&f->site);
}

void
order_add (OrderFixture *f, const char *kind, const char *rest)
{
  site_add_order (&f->site, "", ORDER_ID, kind, 1, rest);
}

gboolean
order_run (OrderFixture *f)
{
  VgWork work = { f->site.config, SITE_URI, f->host, f->cancellable,
                  f->glances };
  g_autoptr (GPtrArray) orders = vg_spool_list (f->site.dir, FALSE, NULL);

  g_assert_cmpuint (orders->len, ==, 1);
  return vg_work_run (&work, orders->pdata[0]) == VG_TRY_OVER;
}

gpointer
order_run_in_thread (gpointer data)
{
  return GINT_TO_POINTER (order_run (data));
}

void
order_assert_over (OrderFixture *f, gboolean over)
{
  g_assert_cmpuint (site_count_files (&f->site, "spool"), ==, over ? 0 : 1);
}

void
order_run_to_end (OrderFixture *f, const char *kind, const char *rest)
{
  order_add (f, kind, rest);
  g_assert_true (order_run (f));
  order_assert_over (f, TRUE);
}

void
order_run_to_wait (OrderFixture *f, const char *rest)
{
  order_add (f, "request", rest);
  g_assert_false (order_run (f));
  order_assert_over (f, FALSE);
}

VgJournal *
order_get_journal (OrderFixture *f)
{
  g_autoptr (GPtrArray) all = vg_journal_read_all (f->site.dir);

  g_assert_cmpuint (all->len, ==, 1);
  return g_steal_pointer (&all->pdata[0]);
}

void
order_fixture_add (Fake *fake, const char *path,
                   void (*test) (OrderFixture *, gconstpointer))
{
  g_test_add (path, OrderFixture, fake, set_up, test, tear_down);
}
