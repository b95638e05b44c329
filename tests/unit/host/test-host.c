/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hosts and domains that are found, or aren't, and what they are asked. They
 * are libvirt's built-in test driver's, whose default host has one domain: it
 * is called "test", runs, and lives as long as somebody is connected. */
#include "host/capabilities.h"
#include "host/metadata.h"
#include "host/private.h"
#include "lib/guest-fixture.h"
#include "util/text.h"

#include <string.h>

static void
test_find (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const names[] = { "test", "1", GUEST_UUID,
                                       "6695EB01-F6A4-8304-79AA-97F2502E193F" };

  g_assert_cmpstr (vg_host_get_uri (fix->host), ==, GUEST_URI);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (VgGuest) guest = vg_guest_find (fix->host, names[i], &error);

    g_assert_no_error (error);
    g_assert_cmpstr (vg_guest_get_name (guest), ==, "test");
    g_assert_cmpstr (vg_guest_get_uuid (guest), ==, GUEST_UUID);
  }
}

static void
test_not_found (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
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
    g_assert_nonnull (strstr (error->message, GUEST_URI));
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
test_no_uri (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_host_open ("fo\no", &error));
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_URI);
  g_assert_nonnull (strstr (error->message, "is not a connection URI"));
  g_assert_null (strchr (error->message, '\n'));
}

#define SET(f, xml, flags)                                                     \
  g_assert_cmpint (virDomainSetMetadata ((f)->domain,                          \
                                         VIR_DOMAIN_METADATA_ELEMENT, xml,     \
                                         "glance", VG_POLICY_URI, flags),      \
                   ==, 0)

/* The running domain's policy, else its definition's. */
static void
test_definition (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  const guint live = VIR_DOMAIN_AFFECT_LIVE, config = VIR_DOMAIN_AFFECT_CONFIG;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDomain) none = vg_guest_read (fix->guest, &error);
  g_autoptr (VgDomain) defined = NULL, both = NULL;

  g_assert_no_error (error);
  g_assert_null (none->policy);
  g_assert_false (none->policy_is_defined);
  SET (fix, "<policy><image uuid='" GUEST_UUID "'/></policy>", config);
  defined = vg_guest_read (fix->guest, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (defined->policy, GUEST_UUID));
  g_assert_true (defined->policy_is_defined);
  g_assert_cmpint (defined->origin, ==, VG_ORIGIN_IMAGE);
  g_assert_cmpstr (defined->image_ref, ==, GUEST_UUID);
  SET (fix, "<policy><on event='stopped'/></policy>", live);
  both = vg_guest_read (fix->guest, &error);
  g_assert_nonnull (strstr (both->policy, "stopped"));
  g_assert_false (both->policy_is_defined);
  g_assert_cmpint (both->origin, ==, VG_ORIGIN_UNKNOWN);
}

/* An <on> without <policy>; it is told from the definition, too. */
static void
test_strays (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDomain) domain = NULL;

  SET (fix, "<on event='stopped'/>", VIR_DOMAIN_AFFECT_CONFIG);
  domain = vg_guest_read (fix->guest, &error);
  g_assert_no_error (error);
  g_assert_null (domain->policy);
  g_assert_nonnull (strstr (domain->strays[0], "must be inside of <policy>"));
  g_assert_null (domain->strays[1]);
}

static void
test_unreachable (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_host_open ("qemu+unix:///system?socket=/nowhere", &error));
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION);
}

/* All say so of a domain that is gone. */
static void
test_gone (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
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

static void
test_volume_path (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
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
test_is_volume (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
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
test_base_label (GuestFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  char *label = NULL;

  for (int i = 0; i < 2; i++) {
    g_assert_true (vg_guest_get_base_label (fix->guest, &label, &error));
    g_assert_no_error (error);
    g_assert_null (label);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  guest_fixture_add ("/host/gone", test_gone);
  g_test_add_func ("/host/no-host", test_no_host);
  g_test_add_func ("/host/long-words", test_long_words);
  g_test_add_func ("/host/unreachable", test_unreachable);
  g_test_add_func ("/host/no-uri", test_no_uri);
  guest_fixture_add ("/guest/definition", test_definition);
  guest_fixture_add ("/guest/strays", test_strays);
  guest_fixture_add ("/guest/find", test_find);
  guest_fixture_add ("/guest/not-found", test_not_found);
  guest_fixture_add ("/guest/volume-path", test_volume_path);
  guest_fixture_add ("/guest/base-label", test_base_label);
  guest_fixture_add ("/guest/is-volume", test_is_volume);
  g_test_add_func ("/host/capabilities", test_capabilities);
  return g_test_run ();
}
