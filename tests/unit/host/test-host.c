/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Domains of libvirt's built-in test driver, whose default host has one: it is
 * called "test", runs, and lives as long as somebody is connected. */
#include "host/backup.h"
#include "host/capabilities.h"
#include "host/guest.h"
#include "host/libvirt-snapshots.h"
#include "host/metadata.h"
#include "host/private.h"
#include "util/text.h"

#include <libvirt/libvirt.h>
#include <string.h>

#define URI "test:///default"
#define UUID "6695eb01-f6a4-8304-79aa-97f2502e193f"

/* The same host, by a connection of the test's own. */
typedef struct {
  virConnectPtr connection;
  virDomainPtr domain;
  VgHost *host;
  VgGuest *guest;
} Fixture;

static void
set_up (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  fix->host = vg_host_open (URI, &error);
  g_assert_no_error (error);
  fix->connection = virConnectOpen (URI);
  fix->domain = virDomainLookupByName (fix->connection, "test");
  fix->guest = vg_guest_find (fix->host, "test", &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  vg_guest_free (fix->guest);
  vg_host_free (fix->host);
  virDomainFree (fix->domain);
  virConnectClose (fix->connection);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_find (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const names[] = { "test", "1", UUID,
                                       "6695EB01-F6A4-8304-79AA-97F2502E193F" };

  g_assert_cmpstr (vg_host_get_uri (fix->host), ==, URI);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (VgGuest) guest = vg_guest_find (fix->host, names[i], &error);

    g_assert_no_error (error);
    g_assert_cmpstr (vg_guest_get_name (guest), ==, "test");
    g_assert_cmpstr (vg_guest_get_uuid (guest), ==, UUID);
  }
}

static void
test_not_found (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const names[] = { "nope",
                                       "",
                                       "7",
                                       "99999999999999999999",
                                       "test ",
                                       "../test",
                                       "00000000-0000-4000-8000-000000000000",
                                       "no\nline" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *shown = vg_text_clean (names[i], 0);
    g_autoptr (GError) error = NULL;

    g_assert_null (vg_guest_find (fix->host, names[i], &error));
    g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN);
    g_assert_nonnull (strstr (error->message, shown));
    g_assert_nonnull (strstr (error->message, URI));
  }
}

/* A guest's agent writes a part of some of libvirt's messages. */
static void
test_long_words (void)
{
  g_autofree char *rest = g_strnfill (900000, 'a');
  g_autofree char *uri = g_strconcat ("nobody\033:///", rest, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (virConnectOpen (uri));
  vg_host_throw (&error, "it fails");
  g_assert_cmpuint (strlen (error->message), <, 900);
  g_assert_true (g_str_has_suffix (error->message, "aaa..."));
  g_assert_null (strchr (error->message, '\033'));
}

static void
test_no_host (void)
{
  static const char *const uris[] = { "test:///nonexistent.xml",
                                      "qemu+unix:///system?socket=/nowhere",
                                      "nonsense:///" };

  for (gsize i = 0; i < G_N_ELEMENTS (uris); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (vg_host_open (uris[i], &error));
    g_assert_nonnull (error);
    g_assert_true (error->domain == VG_HOST_ERROR);
    g_assert_nonnull (strstr (error->message, uris[i]));
  }
}

static void
test_unreachable (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_host_open ("qemu+unix:///system?socket=/nowhere", &error));
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION);
}

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
test_state (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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
test_epoch (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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
  other = vg_guest_find (fix->host, UUID, NULL);
  g_assert_true (is_active (other));
  g_assert_cmpuint (vg_guest_get_epoch (fix->guest), ==, epoch);
}

/* Several of one domain and host see the same. */
static void
test_epoch_of_several (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgGuest) other = vg_guest_find (fix->host, UUID, NULL);
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
  Fixture *fix;
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
test_epoch_in_thread (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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
test_epoch_of_others (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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

/* There is nothing to thaw, and no job to end: as it should be. */
static void
test_undo_nothing (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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
test_undo_gone (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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
test_unsupported (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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
test_volume_path (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  virStoragePoolPtr pool =
      virStoragePoolLookupByName (fix->connection, "default-pool");
  virStorageVolPtr volume = virStorageVolCreateXML (
      pool, "<volume><name>v</name><capacity>1024</capacity></volume>", 0);
  g_autoptr (GError) error = NULL;
  g_autofree char *path =
      vg_guest_get_volume_path (fix->guest, "default-pool", "v", &error);
  static const char *const wrong[][2] = { { "default-pool", "w" },
                                          { "no-pool", "v" } };

  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (path, "/v"));
  virStorageVolDelete (volume, 0);
  virStorageVolFree (volume);
  virStoragePoolFree (pool);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_assert_null (vg_guest_get_volume_path (fix->guest, wrong[i][0],
                                             wrong[i][1], &error));
    g_assert_true (error != NULL && error->domain == VG_HOST_ERROR);
    g_assert_nonnull (strstr (error->message, wrong[i][0]));
    g_assert_nonnull (strstr (error->message, wrong[i][1]));
    g_clear_error (&error);
  }
}

static void
test_freeze (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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

/* What libvirt's snapshots are asked of a guest that runs, is off, and is gone.
 */
static void
test_libvirt_snapshots (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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

/* All say so of a domain that is gone. */
static void
test_gone (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;
  const char *reason;
  guint64 bytes;

  virDomainDestroy (fix->domain);
  virDomainUndefine (fix->domain);
  g_assert_false (vg_guest_get_metadata (fix->guest, "urn:x", &xml, &error));
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN);
  g_clear_error (&error);
  g_assert_false (
      vg_guest_set_metadata (fix->guest, "x", "urn:x", "<x/>", &error));
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN);
  g_clear_error (&error);
  g_assert_false (vg_guest_get_stop_reason (fix->guest, &reason, &error));
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN);
  g_clear_error (&error);
  g_assert_false (vg_guest_get_capacity (fix->guest, "vda", &bytes, &error));
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN);
}

/* DAC's label, not another model's; and no text that is no XML. */
static void
test_capabilities (void)
{
  static const struct {
    const char *xml, *label;
  } rows[] = {
    { "<capabilities><host><secmodel><model>apparmor</model><doi>0</doi>"
      "<baselabel type='kvm'>a</baselabel></secmodel><secmodel><model>dac"
      "</model><doi>0</doi><baselabel type='kvm'>+64055:+108</baselabel>"
      "<baselabel type='qemu'>+1:+1</baselabel></secmodel></host>"
      "</capabilities>",
      "+64055:+108" },
    { "<capabilities><host><secmodel><model>none</model><doi>0</doi>"
      "</secmodel></host></capabilities>",
      NULL },
    { "<c><secmodel><model>dac</model></secmodel><secmodel><baselabel>+0:+0"
      "</baselabel></secmodel></c>",
      NULL },
  };
  g_autoptr (GError) error = NULL;
  char *label;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_assert_true (
        vg_capabilities_find_base_label (rows[i].xml, &label, &error));
    g_assert_no_error (error);
    g_assert_cmpstr (label, ==, rows[i].label);
    g_free (label);
  }
  g_assert_false (vg_capabilities_find_base_label ("<c>", &label, &error));
  g_assert_error (error, G_MARKUP_ERROR, G_MARKUP_ERROR_PARSE);
}

/* The test driver doesn't manage users. It is asked once. */
static void
test_base_label (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  char *label = NULL;

  for (int i = 0; i < 2; i++) {
    g_assert_true (vg_guest_get_base_label (fix->guest, &label, &error));
    g_assert_no_error (error);
    g_assert_null (label);
  }
}

static void
test_is_volume (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  virStoragePoolPtr pool =
      virStoragePoolLookupByName (fix->connection, "default-pool");
  virStorageVolPtr volume = virStorageVolCreateXML (
      pool, "<volume><name>v</name><capacity>1024</capacity></volume>", 0);
  g_autofree char *other = NULL;
  char *path = virStorageVolGetPath (volume);

  other = g_strconcat (path, "w", NULL);
  g_assert_true (vg_guest_is_volume (fix->guest, path));
  g_assert_false (vg_guest_is_volume (fix->guest, other));
  g_assert_false (vg_guest_is_volume (fix->guest, "/etc/shadow"));
  virStorageVolDelete (volume, 0);
  virStorageVolFree (volume);
  virStoragePoolFree (pool);
  free (path);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/host/libvirt-snapshots", test_libvirt_snapshots);
  add ("/host/gone", test_gone);
  g_test_add_func ("/host/no-host", test_no_host);
  g_test_add_func ("/host/long-words", test_long_words);
  g_test_add_func ("/host/unreachable", test_unreachable);
  g_test_add_func ("/host/backup-socket", test_backup_socket);
  add ("/guest/find", test_find);
  add ("/guest/not-found", test_not_found);
  add ("/guest/state", test_state);
  add ("/guest/epoch", test_epoch);
  add ("/guest/epoch-of-several", test_epoch_of_several);
  add ("/guest/epoch-in-thread", test_epoch_in_thread);
  add ("/guest/epoch-of-others", test_epoch_of_others);
  add ("/guest/undo-nothing", test_undo_nothing);
  add ("/guest/undo-gone", test_undo_gone);
  add ("/guest/unsupported", test_unsupported);
  add ("/guest/volume-path", test_volume_path);
  add ("/guest/freeze", test_freeze);
  add ("/guest/base-label", test_base_label);
  add ("/guest/is-volume", test_is_volume);
  g_test_add_func ("/host/capabilities", test_capabilities);
  return g_test_run ();
}
