/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which store a snapshot goes to: every rule, every refusal. */
#include "plan/store-choice.h"
#include "plan/error.h"

#define BASE "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
#define FSID "aaaaaaaa-0000-4000-8000-00000000000a"

static const char plain[] = "{\"stores\": ["
                            "{\"id\": \"fast\", \"description\": \"NVMe\"},"
                            "{\"id\": \"cheap\"},"
                            "{\"id\": \"reliable\", \"default\": \"true\"},"
                            "{\"id\": \"web\", \"read-only\": \"true\"},"
                            "{\"id\": \"ceph\"}, {\"id\": \"ceph2\"},"
                            "{\"id\": \"os_glance_staging_store\"},"
                            "{\"id\": 7}, \"odd\", {\"name\": \"no id\"}]}";

static const char detail[] =
    "{\"stores\": ["
    "{\"id\": \"ceph2\", \"type\": \"rbd\", \"properties\":"
    " {\"fsid\": \"AAAAAAAA-0000-4000-8000-00000000000A\","
    "  \"pool\": \"images\"}},"
    "{\"id\": \"ceph\", \"type\": \"rbd\", \"properties\":"
    " {\"fsid\": \"bbbbbbbb-0000-4000-8000-00000000000b\"}},"
    "{\"id\": \"fast\", \"type\": \"file\", \"properties\": {}}]}";

static VgStores *
parse (const char *text, const char *more)
{
  g_autoptr (GError) error = NULL;
  VgStores *stores = vg_stores_parse (text, more, &error);

  g_assert_no_error (error);
  return stores;
}

static void
test_parse (void)
{
  g_autoptr (VgStores) stores = parse (plain, detail);
  const VgStore *store;

  g_assert_true (stores->multi);
  g_assert_cmpuint (stores->list->len, ==, 6);
  store = vg_stores_find (stores, "fast");
  g_assert_cmpstr (store->description, ==, "NVMe");
  g_assert_cmpstr (store->type, ==, "file");
  g_assert_null (store->fsid);
  g_assert_false (store->is_default);
  g_assert_true (vg_stores_find (stores, "web")->read_only);
  g_assert_null (vg_stores_find (stores, "os_glance_staging_store"));
  g_assert_cmpstr (vg_stores_get_default (stores)->id, ==, "reliable");
  store = vg_stores_find (stores, "ceph2");
  g_assert_cmpstr (store->type, ==, "rbd");
  g_assert_cmpstr (store->pool, ==, "images");
  g_assert_nonnull (store->fsid);
}

/* Of two details of a store the first counts. */
static void
test_parse_twice (void)
{
  g_autoptr (VgStores) stores =
      parse (plain, "{\"stores\": [{\"id\": \"fast\", \"type\": \"rbd\"},"
                    "{\"id\": \"fast\", \"type\": \"file\"}]}");

  g_assert_cmpstr (vg_stores_find (stores, "fast")->type, ==, "rbd");
}

static void
test_parse_nonsense (void)
{
  static const char *const texts[] = { "",
                                       "<html>",
                                       "{}",
                                       "[]",
                                       "null",
                                       "{\"stores\": {}}",
                                       "{\"stores\": \"fast\"}" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (vg_stores_parse (texts[i], NULL, &error));
    g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_PROTOCOL);
  }
  /* Details that can't be read are details that aren't there. */
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (VgStores) stores = parse (plain, texts[i]);

    g_assert_null (vg_stores_find (stores, "ceph")->type);
  }
}

/* One question, and what is answered. A store NULL: an error like reason. */
typedef struct {
  const char *name;
  const char *user, *config;
  const char *base_stores; /* comma list; NULL: unknown */
  const char *store;
  VgStoreRule rule;
  const char *others; /* comma list */
  const char *reason; /* pattern */
  gboolean forbid_user, volume, no_base, single, with_detail;
  const char *disk_fsid;
  const char *flavor;
  const char *root_fsid;
  const char *property;
} Case;

#define USER VG_STORE_RULE_USER
#define CONFIG VG_STORE_RULE_CONFIG
#define HOLDER VG_STORE_RULE_BASE
#define DEFAULT VG_STORE_RULE_DEFAULT

static const Case cases[] = {
  { "user", "cheap", "fast", "fast", "cheap", USER, "", "*user*" },
  { "user-volume", "cheap", NULL, NULL, "cheap", USER, "", "*",
    .volume = TRUE },
  { "user-unknown", "nope", NULL, "fast",
    .reason = "the store 'nope' was not found*fast, cheap, reliable (default),"
              " web (read-only), ceph, ceph2*" },
  { "user-hostile", "a\nb", .reason = "*a\\x0ab*" },
  { "user-empty", "", .reason = "*not found*" },
  { "user-reserved", "os_glance_staging_store", .reason = "*not found*" },
  { "user-read-only", "web", .reason = "*'web' is read-only*" },
  { "user-forbidden", "cheap", .reason = "*allow_user_store*",
    .forbid_user = TRUE },
  { "user-single", "cheap", .reason = "*has no multi-store support*",
    .single = TRUE },
  { "config", NULL, "cheap", "fast", "cheap", CONFIG, "", "*?glance]*" },
  { "config-not-forbidden", NULL, "cheap", "fast", "cheap", CONFIG, "", "*",
    .forbid_user = TRUE },
  { "config-unknown", NULL, "nope", "fast",
    .reason = "*?glance] store*'nope' was not found*" },
  { "config-read-only", NULL, "web", .reason = "*read-only*" },
  { "config-single", NULL, "cheap", .reason = "*has no multi-store support*",
    .single = TRUE },
  { "flavor", NULL, NULL, "fast", "cheap", CONFIG, "", "*flavor names it*",
    .flavor = "cheap" },
  { "flavor-before-config", NULL, "reliable", "fast", "cheap", CONFIG, "",
    "*flavor*", .flavor = "cheap" },
  { "user-before-flavor", "fast", NULL, "fast", "fast", USER, "", "*user*",
    .flavor = "cheap" },
  { "flavor-unknown", NULL, NULL, "fast",
    .reason = "*store_id: the store 'nope' was not found*", .flavor = "nope" },
  { "flavor-single", NULL, NULL, .reason = "*omit the extra spec*",
    .single = TRUE, .flavor = "cheap" },
  { "property", NULL, "reliable", "fast", "cheap", USER, "",
    "*property image_service:store_id*", .flavor = "fast",
    .property = "cheap" },
  { "user-before-property", "fast", NULL, "cheap", "fast", USER, "", "*user*",
    .property = "cheap" },
  { "property-forbidden", NULL, NULL, "fast", "fast", HOLDER, "", "*holds*",
    .forbid_user = TRUE, .property = "cheap" },
  { "property-unknown", NULL, NULL, "fast",
    .reason = "the image's property image_service:store_id: the store 'nope' "
              "was not found*",
    .property = "nope" },
  { "property-single", NULL, NULL, .reason = "*omit the property*",
    .single = TRUE, .property = "cheap" },
  { "base", NULL, NULL, "fast", "fast", HOLDER, "", "*holds*" BASE "*" },
  { "base-default-first", NULL, NULL, "cheap,reliable,fast", "reliable", HOLDER,
    "fast,cheap", "*" },
  { "base-glance-order", NULL, NULL, "cheap,fast", "fast", HOLDER, "cheap",
    "*" },
  { "base-not-read-only", NULL, NULL, "web,cheap", "cheap", HOLDER, "", "*" },
  { "base-own-cluster", NULL, NULL, "reliable,ceph,ceph2,fast", "ceph2", HOLDER,
    "fast,reliable,ceph", "*Ceph*", .with_detail = TRUE, .disk_fsid = FSID },
  { "base-root-cluster", NULL, NULL, "reliable,ceph,ceph2,fast", "ceph2",
    HOLDER, "fast,reliable,ceph", "*the root disk's Ceph*", .with_detail = TRUE,
    .root_fsid = FSID },
  { "base-own-cluster-before-root", NULL, NULL, "reliable,ceph2", "ceph2",
    HOLDER, "reliable", "*the disk's Ceph*", .with_detail = TRUE,
    .disk_fsid = FSID, .root_fsid = "other" },
  { "base-cluster-untold", NULL, NULL, "reliable,ceph2", "reliable", HOLDER,
    "ceph2", "*", .disk_fsid = FSID },
  { "base-other-cluster", NULL, NULL, "cheap,ceph", "cheap", HOLDER, "ceph",
    "*", .with_detail = TRUE, .disk_fsid = FSID },
  { "base-nowhere-writable", NULL, NULL, "web,removed,os_glance_tasks_store",
    "reliable", DEFAULT, "", "*no writable store holds*" BASE "*" },
  { "base-no-store", NULL, NULL, "", "reliable", DEFAULT, "", "*no writable*" },
  { "base-gone", NULL, NULL, NULL, "reliable", DEFAULT, "", "*was deleted*" },
  { "base-single", NULL, NULL, "fast", NULL, DEFAULT, "",
    "*no multi-store support*", .single = TRUE },
  { "volume", NULL, NULL, "fast", "reliable", DEFAULT, "", "*is a volume*",
    .volume = TRUE },
  { "no-base", NULL, NULL, NULL, "reliable", DEFAULT, "",
    "*base image is unknown*", .no_base = TRUE },
};

static void
check_choice (const Case *test, const VgStoreChoice *choice)
{
  g_autofree char *others = g_strjoinv (",", choice->others);
  gboolean by_rule_4 = test->rule == DEFAULT;
  gboolean named = test->rule == USER || test->rule == CONFIG;

  g_assert_cmpstr (choice->store, ==, test->store);
  g_assert_cmpint (choice->rule, ==, test->rule);
  g_assert_cmpint (choice->name_store, ==, !by_rule_4);
  g_assert_cmpstr (choice->base_ref, ==,
                   named || test->volume || test->no_base ? NULL : BASE);
  g_assert_cmpstr (others, ==, test->others);
  g_assert_true (g_pattern_match_simple (test->reason, choice->reason));
}

static void
test_choice (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (VgStores) stores =
      test->single ? vg_stores_new_single ()
                   : parse (plain, test->with_detail ? detail : NULL);
  g_auto (GStrv) base_stores =
      test->base_stores ? g_strsplit (test->base_stores, ",", -1) : NULL;
  VgStoreQuestion question = {
    .stores = stores,
    .user_store = test->user,
    .allow_user_store = !test->forbid_user,
    .property_store = test->property,
    .flavor_store = test->flavor,
    .config_store = test->config,
    .volume_backed = test->volume,
    .base_image = test->no_base ? NULL : BASE,
    .base_stores = (const char *const *) base_stores,
    .base_problem = "image " BASE " was deleted",
    .disk_fsid = test->disk_fsid,
    .root_fsid = test->root_fsid,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (VgStoreChoice) choice = vg_store_choose (&question, &error);

  if (test->rule != 0) {
    g_assert_no_error (error);
    check_choice (test, choice);
    return;
  }
  g_assert_null (choice);
  g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE);
  g_test_message ("%s", error->message);
  g_assert_true (g_pattern_match_simple (test->reason, error->message));
}

static void
test_read_only_default (void)
{
  g_autoptr (VgStores) stores =
      parse ("{\"stores\": [{\"id\": \"web\", \"default\": \"true\","
             " \"read-only\": true}]}",
             NULL);
  VgStoreQuestion question = { .stores = stores };
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_store_choose (&question, &error));
  g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE);
}

static void
test_names (void)
{
  g_assert_cmpstr (vg_store_rule_to_string (USER), ==, "user");
  g_assert_cmpstr (vg_store_rule_to_string (CONFIG), ==, "config");
  g_assert_cmpstr (vg_store_rule_to_string (HOLDER), ==, "base-image");
  g_assert_cmpstr (vg_store_rule_to_string (DEFAULT), ==, "default");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/parse", test_parse);
  g_test_add_func ("/store/parse-nonsense", test_parse_nonsense);
  g_test_add_func ("/store/parse-twice", test_parse_twice);
  g_test_add_func ("/store/read-only-default", test_read_only_default);
  g_test_add_func ("/store/names", test_names);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/store/choice/", cases[i].name, NULL);

    g_test_add_data_func (path, &cases[i], test_choice);
  }
  return g_test_run ();
}
