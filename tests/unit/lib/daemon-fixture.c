/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon's site, and orders for it. */
#include "lib/daemon-fixture.h"

#include "lib/libvirt-fault.h"
#include "lib/log-record.h"
#include "lib/test-clock.h"

static void
set_up (DaemonFixture *f, gconstpointer fake)
{
  libvirt_fault_reset ();
  log_record_clear ();
  site_init (&f->site, (Fake *) fake);
  site_define (&f->site, 1, "");
  daemon_init (&f->daemon, &f->site);
}

/* Nothing that it leaves in the main loop is called later. */
static void
tear_down (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  if (f->daemon.thread != NULL)
    daemon_stop (&f->daemon);
  libvirt_fault_reset ();
  daemon_clear (&f->daemon);
  site_clear (&f->site);
  test_clock_advance (3600 * (gint64) DAEMON_SECOND);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

void
daemon_add (DaemonFixture *f, const char *id, guint number, const char *name)
{
  g_autofree char *wish = g_strdup_printf ("'wish':{'name':'%s'}", name);

  site_add_order (&f->site, "", id, "request", number, wish);
}

void
daemon_hold (DaemonFixture *f, guint skip)
{
  g_autofree char *order = g_strdup_printf (
      "{'rules':[{" SITE_PUT_RULE ",'hold':true,'skip':%u}]}", skip);

  fake_control (f->site.fake, order);
}

void
daemon_release (DaemonFixture *f)
{
  fake_control (f->site.fake, "{'release':true}");
}

void
daemon_await_look (DaemonFixture *f)
{
  log_record_await ("MESSAGE=connected to libvirt*", NULL);
  site_set_metadata (&f->site, 1, POLICY_URI,
                     "<policy><on event='stoped'/></policy>");
  site_await_status (&f->site, 1, "state=\"failed\"", "stoped", NULL);
}

void
daemon_fixture_add (Fake *fake, const char *path,
                    void (*test) (DaemonFixture *, gconstpointer))
{
  g_test_add (path, DaemonFixture, fake, set_up, test, tear_down);
}
