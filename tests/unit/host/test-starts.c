/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a domain runs, and that none of its starts is missed (with libvirt's
 * test driver; see test-host.c). */
#include <libvirt/virterror.h>
#include <string.h>

#include "lib/guest-fixture.h"
#include "lib/libvirt-fault.h"

static gboolean
is_active (VgGuest *guest)
{
  g_autoptr (GError) error = NULL;
  gboolean active;

  g_assert_true (vg_guest_get_active (guest, &active, &error));
  g_assert_no_error (error);
  return active;
}

static void
test_state (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *xml = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (is_active (fix->guest));
  virDomainSuspend (fix->domain);
  g_assert_true (is_active (fix->guest));
  virDomainDestroy (fix->domain);
  g_assert_false (is_active (fix->guest));
  virDomainCreate (fix->domain);
  g_assert_true (is_active (fix->guest));
  xml = vg_guest_get_xml (fix->guest, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (xml, "<name>test</name>"));
}

/* Each start is seen, and what leads away from running is none. */
static void
test_epoch (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  guint epoch = vg_guest_get_epoch (fix->guest), next;
  g_autoptr (VgGuest) other = NULL;

  virDomainSuspend (fix->domain);
  virDomainDestroy (fix->domain);
  g_assert_false (is_active (fix->guest));
  g_assert_cmpuint (vg_guest_get_epoch (fix->guest), ==, epoch);
  virDomainCreate (fix->domain);
  next = vg_guest_get_epoch (fix->guest);
  g_assert_cmpuint (next, !=, epoch);
  virDomainDestroy (fix->domain);
  virDomainCreate (fix->domain);
  epoch = vg_guest_get_epoch (fix->guest);
  g_assert_cmpuint (epoch, !=, next);
  other = vg_guest_find (fix->host, GUEST_UUID, NULL);
  g_assert_true (is_active (other));
  g_assert_cmpuint (vg_guest_get_epoch (fix->guest), ==, epoch);
}

/* Several of one domain and host see the same. */
static void
test_epoch_of_several (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgGuest) other = vg_guest_find (fix->host, GUEST_UUID, NULL);
  guint epoch = vg_guest_get_epoch (other);

  g_assert_true (is_active (other));
  g_assert_cmpuint (vg_guest_get_epoch (other), ==, epoch);
  virDomainDestroy (fix->domain);
  g_assert_cmpuint (vg_guest_get_epoch (other), ==, epoch);
  virDomainCreate (fix->domain);
  g_assert_cmpuint (vg_guest_get_epoch (other), !=, epoch);
  epoch = vg_guest_get_epoch (other);
  g_assert_cmpuint (vg_guest_get_epoch (fix->guest), ==, epoch);
  /* One that goes leaves the others theirs. */
  g_clear_pointer (&fix->guest, vg_guest_free);
  virDomainDestroy (fix->domain);
  virDomainCreate (fix->domain);
  g_assert_cmpuint (vg_guest_get_epoch (other), !=, epoch);
}

typedef struct {
  GuestFixture *fix;
  GMainLoop *loop;
  gint missed;
} Watcher;

/* Started and stopped in no time, what is seen is a domain that is shut off. */
static gpointer
start_and_stop (gpointer data)
{
  Watcher *watcher = data;

  for (int i = 0; i < 200; i++) {
    guint epoch = vg_guest_get_epoch (watcher->fix->guest);

    virDomainCreate (watcher->fix->domain);
    virDomainDestroy (watcher->fix->domain);
    g_assert_false (is_active (watcher->fix->guest));
    if (vg_guest_get_epoch (watcher->fix->guest) == epoch)
      watcher->missed++;
  }
  g_main_loop_quit (watcher->loop);
  return NULL;
}

/* The main loop may be behind: here it is slow in what it has to do. */
static gboolean
dawdle (gpointer data G_GNUC_UNUSED)
{
  g_usleep (2000);
  return G_SOURCE_CONTINUE;
}

static void
test_epoch_in_thread (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  Watcher watcher = { .fix = fix, .loop = g_main_loop_new (NULL, FALSE) };
  guint source = g_timeout_add (5, dawdle, NULL);
  GThread *thread;

  virDomainDestroy (fix->domain);
  thread = g_thread_new ("start", start_and_stop, &watcher);
  g_main_loop_run (watcher.loop);
  g_thread_join (thread);
  g_source_remove (source);
  g_main_loop_unref (watcher.loop);
  virDomainCreate (fix->domain);
  g_assert_cmpint (watcher.missed, ==, 0);
}

/* A domain's start is nothing to another one. */
static void
test_epoch_of_others (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  guint epoch = vg_guest_get_epoch (fix->guest);
  virDomainPtr other = virDomainCreateXML (
      fix->connection,
      "<domain type='test'><name>other</name><memory>1024</memory>"
      "<os><type>hvm</type></os></domain>",
      0);

  g_assert_nonnull (other);
  g_assert_cmpuint (vg_guest_get_epoch (fix->guest), ==, epoch);
  virDomainDestroy (other);
  virDomainFree (other);
}

/* Where no events come, each look may have missed a start. */
static void
test_epoch_without_events (GuestFixture *fix G_GNUC_UNUSED,
                           gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgHost) host = vg_host_new (GUEST_URI);
  g_autoptr (VgGuest) guest = NULL;
  guint epoch;

  libvirt_fail (LIBVIRT_REGISTER_LIFECYCLE, VIR_ERR_NO_SUPPORT, 0, 0);
  guest = vg_guest_find (host, GUEST_UUID, NULL);
  epoch = vg_guest_get_epoch (guest);
  g_assert_cmpuint (vg_guest_get_epoch (guest), !=, epoch);
  libvirt_fault_reset ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  guest_fixture_add ("/guest/state", test_state);
  guest_fixture_add ("/guest/epoch", test_epoch);
  guest_fixture_add ("/guest/epoch-of-several", test_epoch_of_several);
  guest_fixture_add ("/guest/epoch-in-thread", test_epoch_in_thread);
  guest_fixture_add ("/guest/epoch-of-others", test_epoch_of_others);
  guest_fixture_add ("/guest/epoch-without-events", test_epoch_without_events);
  return g_test_run ();
}
