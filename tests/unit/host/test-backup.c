/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Backup jobs and frozen file systems, and that undoing what is not there is no
 * error (with libvirt's test driver; see test-host.c). */
#include "host/backup.h"

#include <string.h>

#include "lib/guest-fixture.h"

/* There is nothing to thaw, and no job to end: as it should be. */
static void
test_undo_nothing (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  gboolean running;

  g_assert_true (
      vg_backup_is_running (fix->guest, "/nowhere", &running, &error));
  g_assert_no_error (error);
  g_assert_false (running);
  g_assert_true (vg_backup_end (fix->guest, "/nowhere", &error));
  g_assert_no_error (error);
  virDomainDestroy (fix->domain);
  g_assert_true (vg_guest_thaw (fix->guest, 1, &error));
  g_assert_true (vg_backup_end (fix->guest, "/nowhere", &error));
  g_assert_no_error (error);
  virDomainCreate (fix->domain);
}

static void
test_undo_gone (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  virDomainPtr other = virDomainCreateXML (
      fix->connection,
      "<domain type='test'><name>other</name><memory>1024</memory>"
      "<os><type>hvm</type></os></domain>",
      0);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgGuest) guest = vg_guest_find (fix->host, "other", &error);
  gboolean active;

  g_assert_no_error (error);
  virDomainDestroy (other); /* it is transient, so it is gone */
  virDomainFree (other);
  g_assert_true (vg_guest_thaw (guest, 1, &error));
  g_assert_true (vg_backup_end (guest, "/nowhere", &error));
  g_assert_no_error (error);
  g_assert_false (vg_guest_get_active (guest, &active, &error));
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN);
  g_clear_error (&error);
  g_assert_null (vg_guest_get_xml (guest, &error));
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN);
}

/* A hypervisor without backup jobs, or without that disk, says so. */
static void
test_unsupported (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  guint64 bytes = 5;

  g_assert_false (
      vg_backup_begin (fix->guest, "<domainbackup/>", FALSE, &error));
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_false (vg_guest_get_capacity (fix->guest, "vdz", &bytes, &error));
  g_assert_true (error != NULL && error->domain == VG_HOST_ERROR);
  g_assert_nonnull (strstr (error->message, "vdz"));
  g_assert_cmpuint (bytes, ==, 5);
}

static void
test_freeze (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const one[] = { "/", NULL };
  g_autoptr (GError) error = NULL;
  guint frozen = 0;

  /* (libvirt's test driver has / and /boot.) */
  g_assert_true (vg_guest_freeze (fix->guest, NULL, 5, &frozen, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (frozen, ==, 2);
  g_assert_true (vg_guest_thaw (fix->guest, 5, &error));
  g_assert_no_error (error);
  g_assert_true (vg_guest_freeze (fix->guest, one, 5, &frozen, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (frozen, ==, 1);
  g_assert_true (vg_guest_thaw (fix->guest, 5, &error));
  virDomainDestroy (fix->domain);
  g_assert_false (vg_guest_freeze (fix->guest, NULL, 5, &frozen, &error));
  g_assert_true (error != NULL && error->domain == VG_HOST_ERROR);
  virDomainCreate (fix->domain);
}

/* A path is escaped in XML, and one may be the beginning of another. */
static void
test_backup_socket (void)
{
  static const char *const paths[] = { "/run/a/nbd.sock", "/r&d/nbd.sock",
                                       "/it's <a> \"folder\"/nbd.sock",
                                       "/run/\xc3\xbc/nbd.sock" };
  g_autoptr (GError) error = NULL;
  gboolean found;

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autofree char *longer = g_strconcat (paths[i], ".old", NULL);
    g_autofree char *xml = g_markup_printf_escaped (
        "<domainbackup mode='pull'>\n  <server transport='unix' socket='%s'/>\n"
        "  <disks><disk name='vda' backup='yes' type='file'><scratch "
        "file='/s&amp;x'/></disk></disks>\n</domainbackup>\n",
        paths[i]);

    g_assert_true (vg_backup_find_socket (xml, paths[i], &found, &error));
    g_assert_true (found);
    g_assert_true (vg_backup_find_socket (xml, longer, &found, &error));
    g_assert_false (found);
    g_assert_true (vg_backup_find_socket (xml, "/run", &found, &error));
    g_assert_false (found);
  }
  g_assert_no_error (error);
  g_assert_false (
      vg_backup_find_socket ("<domainbackup", "/x", &found, &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/backup-socket", test_backup_socket);
  guest_fixture_add ("/guest/undo-nothing", test_undo_nothing);
  guest_fixture_add ("/guest/undo-gone", test_undo_gone);
  guest_fixture_add ("/guest/unsupported", test_unsupported);
  guest_fixture_add ("/guest/freeze", test_freeze);
  return g_test_run ();
}
