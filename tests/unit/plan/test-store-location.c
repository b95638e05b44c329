/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which store is which pool, from what Glance tells, where images lie, and
 * what is configured. */
#include <string.h>

#include "plan/store-choice.h"

#define FSID "2f0e1d4c-93b1-4b6e-8f0a-6c2d5e7f8a9b"
#define OTHER "aaaaaaaa-0000-4000-8000-00000000000a"

static VgStores *
new_stores (const char *detail)
{
  static const char plain[] = "{\"stores\": [{\"id\": \"ceph\"},"
                              "{\"id\": \"file\"}, {\"id\": \"b\"}]}";
  g_autoptr (GError) error = NULL;
  VgStores *stores = vg_stores_parse (plain, detail, &error);

  g_assert_no_error (error);
  return stores;
}

/* JSON is written with single quotes here. */
static void
learn (VgStores *stores, const char *members)
{
  g_autofree char *text =
      g_strdup_printf ("{'id': 'i', 'status': 'active', %s}", members);
  g_autoptr (VgJson) json =
      vg_json_parse (g_strdelimit (text, "'", '"'), -1, NULL);
  g_autoptr (VgImageRecord) record = vg_image_record_parse (json, "x", NULL);

  g_assert_nonnull (record);
  vg_stores_learn_from_image (stores, record);
}

static void
assert_store (const VgStores *stores, const char *id, const char *type,
              const char *fsid, const char *pool)
{
  const VgStore *store = vg_stores_find (stores, id);

  g_assert_cmpstr (store->type, ==, type);
  g_assert_cmpstr (store->fsid, ==, fsid);
  g_assert_cmpstr (store->pool, ==, pool);
}

static void
test_configured (void)
{
  g_autoptr (VgStores) stores = new_stores (NULL);
  g_autoptr (VgStores) single = vg_stores_new_single ();

  g_assert_true (vg_stores_learn (stores, "ceph", FSID, "images"));
  g_assert_true (vg_stores_learn (stores, "gone", FSID, "images"));
  g_assert_true (vg_stores_learn (single, "ceph", FSID, "images"));
  assert_store (stores, "ceph", "rbd", FSID, "images");
  assert_store (stores, "file", NULL, NULL, NULL);
  g_assert_cmpuint (stores->list->len, ==, 3);

  /* Told once, it stays. */
  g_assert_false (vg_stores_learn (stores, "ceph", OTHER, "more"));
  g_assert_true (vg_stores_learn (stores, "ceph", FSID, "images"));
  assert_store (stores, "ceph", "rbd", FSID, "images");
}

/* Glance's word wins; what it doesn't say is filled in. */
static void
test_after_glance (void)
{
  static const char detail[] =
      "{\"stores\": [{\"id\": \"file\", \"type\": \"file\"},"
      "{\"id\": \"ceph\", \"type\": \"rbd\", \"properties\":"
      " {\"pool\": \"images\"}},"
      "{\"id\": \"b\", \"type\": \"rbd\", \"properties\":"
      " {\"fsid\": \"" OTHER "\"}}]}";
  g_autoptr (VgStores) stores = new_stores (detail);

  g_assert_false (vg_stores_learn (stores, "file", FSID, "images"));
  g_assert_false (vg_stores_learn (stores, "ceph", FSID, "elsewhere"));
  g_assert_false (vg_stores_learn (stores, "b", FSID, "images"));
  assert_store (stores, "file", "file", NULL, NULL);
  assert_store (stores, "ceph", "rbd", NULL, "images");
  assert_store (stores, "b", "rbd", OTHER, NULL);

  vg_stores_learn (stores, "ceph", FSID, "images");
  vg_stores_learn (stores, "b", "AAAAAAAA-0000-4000-8000-00000000000A", "p");
  assert_store (stores, "ceph", "rbd", FSID, "images");
  assert_store (stores, "b", "rbd", OTHER, "p");
}

static void
test_choice (void)
{
  g_autoptr (VgStores) stores = new_stores (NULL);
  VgStoreQuestion question = { .stores = stores,
                               .user_store = "ceph",
                               .allow_user_store = TRUE };
  g_autoptr (VgStoreChoice) choice = NULL;

  vg_stores_learn (stores, "ceph", FSID, "images");
  choice = vg_store_choose (&question, NULL);
  g_assert_cmpstr (choice->type, ==, "rbd");
  g_assert_cmpstr (choice->fsid, ==, FSID);
  g_assert_cmpstr (choice->pool, ==, "images");
}

static void
test_locations (void)
{
  g_autoptr (VgStores) stores = new_stores (NULL);

  learn (stores, "'stores': 'ceph,b,file', 'direct_url': 'rbd://" FSID
                 "/wrong/i/snap', 'locations': ["
                 "{'url': 'file:///i', 'metadata': {'store': 'file'}},"
                 "{'url': 'rbd://" FSID "/my%20pool%2fx/i/snap',"
                 " 'metadata': {'store': 'ceph'}},"
                 "{'url': 'rbd://" OTHER "/images/i/snap',"
                 " 'metadata': {'store': 'b'}}]");
  assert_store (stores, "file", NULL, NULL, NULL);
  assert_store (stores, "ceph", "rbd", FSID, "my pool/x");
  assert_store (stores, "b", "rbd", OTHER, "images");
}

/* Only where there is no doubt which store it is. */
static void
test_direct_url (void)
{
  g_autoptr (VgStores) one = new_stores (NULL);
  g_autoptr (VgStores) two = new_stores (NULL);
  g_autoptr (VgStores) none = new_stores (NULL);

#define DIRECT "'direct_url': 'rbd://" FSID "/images/i/snap'"
  learn (one, "'stores': 'ceph', 'locations': [], " DIRECT);
  learn (two, "'stores': 'ceph,b', " DIRECT);
  learn (none, DIRECT);
  assert_store (one, "ceph", "rbd", FSID, "images");
  assert_store (two, "ceph", NULL, NULL, NULL);
  assert_store (none, "ceph", NULL, NULL, NULL);
}

/* A Glance with one store has no names for it. */
static void
test_single (void)
{
  g_autoptr (VgStores) stores = vg_stores_new_single ();
  g_autoptr (VgStores) listed = vg_stores_new_single ();
  g_autoptr (VgStores) foreign = vg_stores_new_single ();
  VgStoreQuestion question = { .stores = stores };
  g_autoptr (VgStoreChoice) choice = NULL;

  g_assert_true (vg_stores_get_default (stores)
                 == vg_stores_find (stores, NULL));
  learn (stores, DIRECT);
  assert_store (stores, NULL, "rbd", FSID, "images");
  learn (listed, "'locations': [{'url': 'rbd://" FSID "/vols/i/snap',"
                 " 'metadata': {}}]");
  assert_store (listed, NULL, "rbd", FSID, "vols");
  learn (foreign, "'locations': [{'url': 'rbd://" FSID "/images/i/snap',"
                  " 'metadata': {'store': 'ceph'}}]");
  assert_store (foreign, NULL, NULL, NULL, NULL);

  choice = vg_store_choose (&question, NULL);
  g_assert_null (choice->store);
  g_assert_false (choice->name_store);
  g_assert_cmpstr (choice->type, ==, "rbd");
  g_assert_cmpstr (choice->fsid, ==, FSID);
  g_assert_cmpstr (choice->pool, ==, "images");
}

static void
test_nonsense (void)
{
  static const char *const urls[] = {
    "''",
    "'rbd://'",
    "'rbd://i'",
    "'rbd:///'",
    "'rbd:////'",
    "'rbd://" FSID "'",
    "'rbd://" FSID "/images'",
    "'rbd://" FSID "/images/i'",
    "'rbd://" FSID "/images/i/snap/more'",
    "'rbd://" FSID "//i/snap'",
    "'rbd://" FSID "/a%00b/i/snap'",
    "'rbd://" FSID "/%/i/snap'",
    "'rbd://" FSID "/%zz/i/snap'",
    "'rbd://" FSID "/%ff%fe/i/snap'",
    "'rbd://" FSID "/a%0ab/i/snap'",
    "'rbd://" FSID "/\\u001b[2J/i/snap'",
    "'rbd://" FSID "/\\u0000/i/snap'",
    "'rbd://2f0e1d4c/images/i/snap'",
    "'rbd://../../i/snap'",
    "'RBD://" FSID "/images/i/snap'",
    "'http://" FSID "/images/i/snap'",
    "'" FSID "/images/i/snap'",
    "null",
    "7",
    "['rbd://" FSID "/images/i/snap']",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (urls); i++) {
    g_autoptr (VgStores) stores = new_stores (NULL);
    g_autofree char *direct =
        g_strdup_printf ("'stores': 'ceph', 'direct_url': %s", urls[i]);
    g_autofree char *location = g_strdup_printf (
        "'locations': [{'url': %s, 'metadata': {'store': 'ceph'}}]", urls[i]);

    g_test_message ("%s", urls[i]);
    learn (stores, direct);
    learn (stores, location);
    assert_store (stores, "ceph", NULL, NULL, NULL);
  }
}

static void
test_odd_locations (void)
{
#define URL "'url': 'rbd://" FSID "/images/i/snap'"
  static const char *const rows[] = {
    "'locations': {" URL "}",
    "'locations': 'rbd://" FSID "/images/i/snap'",
    "'locations': [null, 7, 'x', [], {}, [{" URL "}]]",
    "'locations': [{" URL "}]",
    "'locations': [{" URL ", 'metadata': null}]",
    "'locations': [{" URL ", 'metadata': 'ceph'}]",
    "'locations': [{" URL ", 'metadata': {'store': null}}]",
    "'locations': [{" URL ", 'metadata': {'store': ['ceph']}}]",
    "'locations': [{" URL ", 'metadata': {'store': 'other'}}]",
    "'locations': [{'metadata': {'store': 'ceph'}}]",
    "'locations': null, 'stores': 7",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (VgStores) stores = new_stores (NULL);

    g_test_message ("%s", rows[i]);
    learn (stores, rows[i]);
    assert_store (stores, "ceph", NULL, NULL, NULL);
    assert_store (stores, "b", NULL, NULL, NULL);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/learn/configured", test_configured);
  g_test_add_func ("/learn/after-glance", test_after_glance);
  g_test_add_func ("/learn/choice", test_choice);
  g_test_add_func ("/learn/locations", test_locations);
  g_test_add_func ("/learn/direct-url", test_direct_url);
  g_test_add_func ("/learn/single", test_single);
  g_test_add_func ("/learn/nonsense", test_nonsense);
  g_test_add_func ("/learn/odd-locations", test_odd_locations);
  return g_test_run ();
}
