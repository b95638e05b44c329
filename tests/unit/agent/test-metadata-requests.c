/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests in a domain's metadata become orders (with libvirt's test driver;
 * see test-host.c). */
#include <libvirt/libvirt.h>
#include <string.h>

#include "agent/metadata-requests.h"
#include "domain/domain.h"
#include "request/metadata.h"
#include "request/spool.h"
#include "lib/guest-order.h"
#include "lib/log-record.h"
#include "lib/workdir.h"

static void
assert_status (GuestFixture *f, const char *text)
{
  g_autofree char *xml = guest_get_metadata (f, VG_STATUS_URI);

  if (xml == NULL || strstr (xml, text) == NULL)
    g_error ("no '%s' in %s", text, xml != NULL ? xml : "nothing");
}

static gboolean
accept_requests (GuestFixture *f)
{
  g_autoptr (GError) error = NULL;
  gboolean taken = FALSE;
  gboolean ok = vg_metadata_requests_all (f->config, f->host, &taken, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  return taken;
}

static void
test_take (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) order = NULL;
  g_autofree char *left = NULL;

  g_assert_false (accept_requests (f));
  guest_put_metadata (f, VG_REQUEST_URI, "<snapshot name='x' store='fast'/>");
  g_assert_true (accept_requests (f));
  order = guest_get_order (f);
  g_assert_cmpstr (order->uuid, ==, GUEST_UUID);
  g_assert_cmpstr (order->domain, ==, "test");
  g_assert_cmpstr (order->request->name, ==, "x");
  g_assert_cmpstr (order->request->store, ==, "fast");
  left = guest_get_metadata (f, VG_REQUEST_URI);
  g_assert_null (left);
  assert_status (f, "state=\"waiting\"");
  g_assert_false (accept_requests (f));
}

/* A second request isn't lost: the running domain has one, its persistent
 * definition another. */
static void
test_take_two (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GPtrArray) all = NULL;
  g_autofree char *left = NULL;
  int result;

  guest_put_metadata (f, VG_REQUEST_URI, "<snapshot name='first'/>");
  result = virDomainSetMetadata (f->domain, VIR_DOMAIN_METADATA_ELEMENT,
                                 "<snapshot name='second'/>", "glance",
                                 VG_REQUEST_URI, VIR_DOMAIN_AFFECT_CONFIG);
  g_assert_cmpint (result, ==, 0);
  g_assert_true (accept_requests (f));
  left = guest_get_metadata (f, VG_REQUEST_URI);
  g_assert_nonnull (left);
  g_assert_true (accept_requests (f));
  g_assert_null (guest_get_metadata (f, VG_REQUEST_URI));
  all = vg_spool_list (f->dir, FALSE, NULL);
  g_assert_cmpuint (all->len, ==, 2);
}

static void
test_take_wrong (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) order = NULL;

  guest_put_metadata (f, VG_REQUEST_URI, "<snapshot nam='x'/>");
  g_assert_true (accept_requests (f));
  order = guest_get_order (f);
  g_assert_null (order->request);
  g_assert_nonnull (strstr (order->problem, "'nam' is not known"));
}

/* A crash after the order was written: the metadata still have the request. */
static void
test_died_before_removal (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) order = NULL;
  g_autoptr (VgOrder) pending =
      vg_order_new (VG_ORDER_REQUEST, GUEST_UUID, "test");

  guest_put_metadata (f, VG_REQUEST_URI, "<snapshot name='x'/>");
  pending->request = vg_request_new (NULL);
  pending->element = guest_get_metadata (f, VG_REQUEST_URI);
  g_assert_true (vg_spool_add (f->dir, pending, TRUE, NULL));
  g_assert_true (accept_requests (f));
  order = guest_get_order (f);
  g_assert_cmpstr (order->id, ==, pending->id);
  g_assert_null (guest_get_metadata (f, VG_REQUEST_URI));
}

/* A crash after the metadata were removed. */
static void
test_died_after_removal (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) order = NULL;
  g_autoptr (VgOrder) pending =
      vg_order_new (VG_ORDER_REQUEST, GUEST_UUID, "test");

  pending->request = vg_request_new (NULL);
  pending->element = g_strdup ("<snapshot/>");
  g_assert_true (vg_spool_add (f->dir, pending, TRUE, NULL));
  g_assert_true (accept_requests (f));
  order = guest_get_order (f);
  g_assert_cmpstr (order->id, ==, pending->id);
}

/* A crash, then a different request: both are processed. */
static void
test_died_and_asked_again (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) pending =
      vg_order_new (VG_ORDER_REQUEST, GUEST_UUID, "test");
  g_autoptr (GPtrArray) all = NULL;

  guest_put_metadata (f, VG_REQUEST_URI, "<snapshot name='second'/>");
  pending->request = vg_request_new (NULL);
  pending->element = g_strdup ("<snapshot name='first'/>");
  g_assert_true (vg_spool_add (f->dir, pending, TRUE, NULL));
  g_assert_true (accept_requests (f));
  all = vg_spool_list (f->dir, FALSE, NULL);
  g_assert_cmpuint (all->len, ==, 2);
}

/* The domain was deleted meanwhile. */
static void
test_died_and_gone (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) pending = vg_order_new (
      VG_ORDER_REQUEST, "00000000-0000-4000-8000-000000000000", "gone");
  g_autoptr (VgOrder) order = NULL;

  pending->request = vg_request_new (NULL);
  pending->element = g_strdup ("<snapshot/>");
  g_assert_true (vg_spool_add (f->dir, pending, TRUE, NULL));
  g_assert_true (accept_requests (f));
  order = guest_get_order (f);
  g_assert_cmpstr (order->domain, ==, "gone");
}

static void
test_full_disk (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *file = workdir_file (f->dir, "spool", "in the way");
  g_autofree char *left = NULL;
  g_autoptr (GError) error = NULL;
  gboolean taken = FALSE;

  guest_put_metadata (f, VG_REQUEST_URI, "<snapshot/>");
  g_assert_false (
      vg_metadata_requests_all (f->config, f->host, &taken, &error));
  g_assert_nonnull (error);
  left = guest_get_metadata (f, VG_REQUEST_URI);
  g_assert_nonnull (left);
}

static void
test_policy (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  guest_put_metadata (f, VG_POLICY_URI,
                      "<policy><on event='stopped'/></policy>");
  g_assert_true (
      vg_metadata_requests_policy (f->config, f->host, GUEST_UUID, &error));
  g_assert_null (guest_get_metadata (f, VG_STATUS_URI));
  guest_put_metadata (f, VG_POLICY_URI,
                      "<policy><on event='stoped'/></policy>");
  g_assert_true (
      vg_metadata_requests_policy (f->config, f->host, GUEST_UUID, &error));
  assert_status (f, "unknown event 'stoped'");
  guest_put_metadata (f, VG_POLICY_URI,
                      "<policy><on event='stopped' format='vmdk'/></policy>");
  g_assert_true (
      vg_metadata_requests_policy (f->config, f->host, GUEST_UUID, &error));
  assert_status (f, "format is raw or qcow2");
  g_assert_no_error (error);
}

/* libvirt's hook sees the running domain alone. */
static void
test_defined_policy (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *xml, *text;
  } cases[] = {
    { "<policy><on event='backup' type='a' rotation='1'/></policy>", NULL },
    { "<policy><on event='stopped'/></policy>", "set it with --live --config" },
    { "<on event='stopped'/>", "must be inside of &lt;policy&gt;" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    int result = virDomainSetMetadata (f->domain, VIR_DOMAIN_METADATA_ELEMENT,
                                       cases[i].xml, "glance", VG_POLICY_URI,
                                       VIR_DOMAIN_AFFECT_CONFIG);

    g_assert_cmpint (result, ==, 0);
    g_assert_true (
        vg_metadata_requests_policy (f->config, f->host, GUEST_UUID, &error));
    if (cases[i].text != NULL)
      assert_status (f, cases[i].text);
    else
      g_assert_null (guest_get_metadata (f, VG_STATUS_URI));
  }
}

/* It is logged, and the status of the last order stays. */
static void
test_review (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  int result = virDomainSetMetadata (
      f->domain, VIR_DOMAIN_METADATA_ELEMENT, "<snapshot/>", "other",
      "urn:virt-glance:requests", VIR_DOMAIN_AFFECT_LIVE);

  g_assert_cmpint (result, ==, 0);
  log_record_clear ();
  vg_metadata_requests_review (f->config, f->host);
  g_assert_cmpuint (
      log_record_count ("PRIORITY=4", "DOMAIN=test",
                        "MESSAGE=*<snapshot>*has no effect*requests*", NULL),
      ==, 1);
  g_assert_null (guest_get_metadata (f, VG_STATUS_URI));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  log_record_init ();
  guest_fixture_add ("/agent/take", test_take);
  guest_fixture_add ("/agent/take-two", test_take_two);
  guest_fixture_add ("/agent/take-wrong", test_take_wrong);
  guest_fixture_add ("/agent/died-before-removal", test_died_before_removal);
  guest_fixture_add ("/agent/died-after-removal", test_died_after_removal);
  guest_fixture_add ("/agent/died-and-asked-again", test_died_and_asked_again);
  guest_fixture_add ("/agent/died-and-gone", test_died_and_gone);
  guest_fixture_add ("/agent/full-disk", test_full_disk);
  guest_fixture_add ("/agent/policy", test_policy);
  guest_fixture_add ("/agent/defined-policy", test_defined_policy);
  guest_fixture_add ("/agent/review", test_review);
  return g_test_run ();
}
