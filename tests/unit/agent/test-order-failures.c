/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Orders that fail: what stays of them in the list of jobs and in the log. */
#include <string.h>

#include "job/job-log.h"
#include "lib/log-record.h"
#include "lib/order-fixture.h"

/* Tries that fail before their job begins are one job, which says how many. */
static void
test_tries_that_fail (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) journal = NULL;
  g_autofree char *job = NULL;

  fake_control (f->site.fake, "{'rules':[{'path':'/v2/info/stores.*',"
                              "'status':503,'times':0}]}");
  order_run_to_wait (f, ORDER_PLAIN);
  g_assert_false (order_run (f));
  f->site.config->retry_hours = 0;
  g_assert_true (order_run (f));
  journal = order_get_journal (f);
  g_assert_cmpint (journal->state, ==, VG_JOB_FAILED);
  g_assert_cmpuint (journal->tries, ==, 3);
  g_assert_cmpstr (journal->order, ==, ORDER_ID);
  g_assert_cmpstr (journal->code, ==, "unavailable");
  g_assert_nonnull (strstr (journal->error, "503"));
  job = g_strdup_printf ("JOB=%s", journal->id);
  g_assert_cmpuint (log_record_count ("PRIORITY=3", "DOMAIN=guest1", job,
                                      "MESSAGE_ID=" VG_MESSAGE_ID_FAILED,
                                      "ORDER=" ORDER_ID, NULL),
                    ==, 1);
}

/* An order that can't be carried out at all has a job, too. */
static void
test_invalid (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) journal = NULL;

  order_run_to_end (f, "request", "'problem':'it makes no sense'");
  journal = order_get_journal (f);
  g_assert_cmpstr (journal->domain, ==, "guest1");
  g_assert_cmpstr (journal->error, ==, "it makes no sense");
  g_assert_cmpstr (journal->code, ==, "usage");
  g_assert_cmpuint (journal->tries, <=, 1);
}

static void
test_done (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) journal = NULL;
  g_autofree char *job = NULL;

  order_run_to_end (f, "request", ORDER_PLAIN);
  journal = order_get_journal (f);
  job = g_strdup_printf ("JOB=%s", journal->id);
  g_assert_cmpuint (log_record_count ("PRIORITY=6", "DOMAIN=guest1", job,
                                      "MESSAGE_ID=" VG_MESSAGE_ID_DONE,
                                      "STORE=cheap", "IMAGE=*", NULL),
                    ==, 1);
}

static void
add_tests (Fake *fake)
{
  order_fixture_add (fake, "/order/tries-that-fail", test_tries_that_fail);
  order_fixture_add (fake, "/order/invalid", test_invalid);
  order_fixture_add (fake, "/order/done", test_done);
}

int
main (int argc, char **argv)
{
  return site_main (argc, argv, add_tests);
}
