/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's own snapshots of a domain (with libvirt's test driver; see
 * test-host.c). */
#include "host/libvirt-snapshots.h"

#include <string.h>

#include "lib/guest-fixture.h"

/* What libvirt's snapshots are asked of a guest that runs, is off, and is gone.
 */
static void
test_libvirt_snapshots (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) names = vg_guest_list_savepoints (fix->guest, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (names), ==, 0);
  g_assert_null (vg_guest_get_snapshot_xml (fix->guest, "a\nb", &error));
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_SNAPSHOT);
  g_assert_nonnull (strstr (error->message, "has no snapshot 'a\\x0ab'"));
  g_clear_error (&error);

  /* (The test driver knows nothing of block jobs.) */
  g_assert_false (vg_guest_check_unmerged (fix->guest, "vda", &error));
  g_assert_nonnull (strstr (error->message, "block jobs of domain test"));
  g_clear_error (&error);
  virDomainDestroy (fix->domain);
  g_assert_true (vg_guest_check_unmerged (fix->guest, "vda", &error));

  virDomainUndefine (fix->domain);
  g_assert_null (vg_guest_list_savepoints (fix->guest, &error));
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN);
  g_clear_error (&error);
  g_assert_null (vg_guest_get_snapshot_xml (fix->guest, "a", &error));
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN);
  g_clear_error (&error);
  g_assert_false (vg_guest_check_unmerged (fix->guest, "vda", &error));
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  guest_fixture_add ("/host/libvirt-snapshots", test_libvirt_snapshots);
  return g_test_run ();
}
