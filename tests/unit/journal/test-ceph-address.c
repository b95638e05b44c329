/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How clusters are remembered, and what is in them is named. */
#include "journal/ceph-address.h"

#include <string.h>

#include "instant/ceph.h"
#include "journal/ceph-object.h"

#define FSID "5f0c3a52-7d0e-4a6c-9a55-0d8a3f6f4b11"

/* With all that there is. */
static VgSource *
new_source (void)
{
  VgSource *source = vg_source_new (VG_SOURCE_NETWORK);
  VgSourceHost *host = vg_source_add_host (source);

  host->name = g_strdup ("10.0.0.21");
  host->port = g_strdup ("6789");
  host = vg_source_add_host (source);
  host->name = g_strdup ("2001:db8::22");
  source->protocol = g_strdup ("rbd");
  source->name = g_strdup ("vms/disk");
  source->config_file = g_strdup ("/etc/ceph/other.conf");
  source->auth_user = g_strdup ("nova");
  source->secret_uuid = g_strdup ("457eb676-33da-42ec-9a8c-9293d545c337");
  source->secret_usage = g_strdup ("ceph \"nova\"");
  return source;
}

static void
test_source (void)
{
  g_autoptr (VgSource) source = new_source (), bare = vg_source_new (0);
  g_autoptr (VgCephAddress) cluster = vg_ceph_address_new (source);
  g_autoptr (VgCephAddress) nothing = vg_ceph_address_new (bare);

  g_assert_null (cluster->fsid);
  g_assert_cmpstr (cluster->monitors, ==, "10.0.0.21:6789,[2001:db8::22]");
  g_assert_cmpstr (cluster->conf, ==, "/etc/ceph/other.conf");
  g_assert_cmpstr (cluster->user, ==, "nova");
  g_assert_cmpstr (cluster->secret_uuid, ==, source->secret_uuid);
  g_assert_cmpstr (cluster->secret_usage, ==, "ceph \"nova\"");
  g_assert_null (nothing->monitors);
  g_assert_null (nothing->user);
}

static void
test_round_trip (void)
{
  g_autoptr (VgSource) source = new_source (), bare = vg_source_new (0);
  g_autoptr (GPtrArray) list =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_ceph_address_free);
  g_autoptr (GPtrArray) again =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_ceph_address_free);
  VgCephAddress *full = vg_ceph_address_new (source);
  VgCephAddress *least = vg_ceph_address_new (bare);
  g_autoptr (VgJson) json = NULL;
  const VgCephAddress *read;

  full->fsid = g_strdup (FSID);
  least->fsid = g_strdup ("other");
  g_ptr_array_add (list, full);
  g_ptr_array_add (list, least);
  /* One whose cluster never was reached has nothing to be undone in it. */
  g_ptr_array_add (list, vg_ceph_address_new (source));
  json = vg_ceph_addresses_to_json (list);
  vg_ceph_addresses_read (again, json);
  g_assert_cmpuint (again->len, ==, 2);
  read = again->pdata[0];
  g_assert_cmpstr (read->fsid, ==, FSID);
  g_assert_true (vg_ceph_address_equal (read, full));
  g_assert_cmpstr (read->secret_usage, ==, "ceph \"nova\"");
  read = again->pdata[1];
  g_assert_cmpstr (read->fsid, ==, "other");
  g_assert_true (vg_ceph_address_equal (read, least));
}

/* What is no cluster is left out. */
static void
test_odd (void)
{
  static const char text[] =
      "[null, 5, \"x\", [], {}, {\"user\": \"nova\"}, {\"fsid\": 5},"
      "{\"fsid\": \"a\", \"user\": 7, \"monitors\": \"m\"}]";
  g_autoptr (GPtrArray) list =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_ceph_address_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgJson) json = vg_json_parse (text, -1, &error);
  const VgCephAddress *cluster;

  g_assert_no_error (error);
  vg_ceph_addresses_read (list, json);
  vg_ceph_addresses_read (list, NULL);
  g_assert_cmpuint (list->len, ==, 1);
  cluster = list->pdata[0];
  g_assert_cmpstr (cluster->fsid, ==, "a");
  g_assert_cmpstr (cluster->monitors, ==, "m");
  g_assert_null (cluster->user);
}

static void
test_equal (void)
{
  g_autoptr (VgSource) source = new_source ();
  g_autoptr (VgCephAddress) cluster = vg_ceph_address_new (source);
  char **members[] = { &cluster->monitors, &cluster->conf, &cluster->user,
                       &cluster->secret_uuid, &cluster->secret_usage };

  for (gsize i = 0; i < G_N_ELEMENTS (members); i++) {
    g_autoptr (VgCephAddress) copy = vg_ceph_address_copy (cluster);

    g_assert_true (vg_ceph_address_equal (cluster, copy));
    copy->fsid = g_strdup (FSID);
    g_assert_true (vg_ceph_address_equal (cluster, copy));
    g_clear_pointer (members[i], g_free);
    g_assert_false (vg_ceph_address_equal (cluster, copy));
    *members[i] = g_strdup ("another");
    g_assert_false (vg_ceph_address_equal (cluster, copy));
    g_assert_false (vg_ceph_address_equal (copy, cluster));
  }
}

static void
test_objects (void)
{
  static const struct {
    const char *image, *snapshot, *text;
  } cases[] = {
    { "vms/disk", NULL, FSID "/vms/disk" },
    { "vms/disk", "virt-glance-1", FSID "/vms/disk@virt-glance-1" },
    { "vms/space/disk", NULL, FSID "/vms/space/disk" },
    { "vms/space/disk", "s", FSID "/vms/space/disk@s" },
    { "v m/\303\274", "a b", FSID "/v m/\303\274@a b" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text =
        vg_ceph_object_format (FSID, cases[i].image, cases[i].snapshot);
    g_auto (VgCephObject) object = { 0 };

    g_assert_cmpstr (text, ==, cases[i].text);
    g_assert_true (vg_ceph_object_parse (text, &object));
    g_assert_cmpstr (object.fsid, ==, FSID);
    g_assert_cmpstr (object.image, ==, cases[i].image);
    g_assert_cmpstr (object.snapshot, ==, cases[i].snapshot);
  }
}

/* An empty name would be another one to Ceph, or all of them. */
static void
test_malformed (void)
{
  static const char *const texts[] = {
    "",        "/",      "a",      "a/",       "a/b",  "/b/c",  "a@b/c/d",
    "a/b@c/d", "a/b/@s", "a/b/c@", "a//c",     "a/b/", "a/b/@", "a//",
    "a/@s",    "a/b/c/", "a/b//d", "a//c/d@s", "@",    "a/b@s", "a/b/c/d/e",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_auto (VgCephObject) object = { 0 };

    if (vg_ceph_object_parse (texts[i], &object))
      g_error ("'%s' was taken for %s in %s", texts[i], object.image,
               object.fsid);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cluster/source", test_source);
  g_test_add_func ("/cluster/round-trip", test_round_trip);
  g_test_add_func ("/cluster/odd", test_odd);
  g_test_add_func ("/cluster/equal", test_equal);
  g_test_add_func ("/cluster/objects", test_objects);
  g_test_add_func ("/cluster/malformed", test_malformed);
  return g_test_run ();
}
