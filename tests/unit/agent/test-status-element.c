/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The status element in a domain's metadata (with libvirt's test driver; see
 * test-host.c). */
#include <string.h>

#include "agent/status.h"
#include "request/metadata.h"
#include "lib/guest-fixture.h"
#include "lib/workdir.h"

static void
test_status (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) journal = vg_journal_new (f->dir);
  VgJobImage *image = vg_journal_add_image (journal);
  VgStatus status = { .state = VG_STATUS_DONE,
                      .order = "17",
                      .job = "abcd",
                      .percent = -1,
                      .journal = journal };
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;

  image->id = g_strdup ("3f1a5c1e-0d5b-4d4e-9a35-6d1f0c0a77e2");
  image->name = g_strdup ("a <name> & 'more'\n\033[1m");
  image->disk = g_strdup ("vda");
  image->store = g_strdup ("fast");
  image->rule = g_strdup ("base-image");
  image->size = 512;
  g_assert_true (vg_status_put (f->guest, &status, &error));
  g_assert_no_error (error);
  xml = guest_get_metadata (f, VG_STATUS_URI);
  g_assert_nonnull (strstr (xml, "state=\"done\""));
  g_assert_nonnull (strstr (xml, "job=\"abcd\""));
  g_assert_nonnull (
      strstr (xml, "id=\"3f1a5c1e-0d5b-4d4e-9a35-6d1f0c0a77e2\""));
  g_assert_nonnull (strstr (xml, "store=\"fast\""));
  g_assert_nonnull (strstr (xml, "rule=\"base-image\""));
  g_assert_null (strstr (xml, "progress"));
}

static void
test_status_words (void)
{
  VgStatus failed = { .state = VG_STATUS_FAILED,
                      .percent = -1,
                      .text = "a < b & c\x01" };
  VgStatus skipped = { .state = VG_STATUS_SKIPPED, .percent = -1, .text = "x" };
  VgStatus running = { .state = VG_STATUS_RUNNING, .percent = 42 };
  g_autofree char *one = vg_status_to_xml (&failed);
  g_autofree char *two = vg_status_to_xml (&skipped);
  g_autofree char *three = vg_status_to_xml (&running);

  g_assert_nonnull (strstr (one, "<error>a &lt; b &amp; c\\x01</error>"));
  g_assert_nonnull (strstr (two, "<reason>x</reason>"));
  g_assert_nonnull (strstr (three, "progress='42'"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  guest_fixture_add ("/agent/status", test_status);
  g_test_add_func ("/agent/status-words", test_status_words);
  return g_test_run ();
}
