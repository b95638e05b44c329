/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan says of stores. */
#include "inventory/error.h"
#include "lib/plan-maker.h"

typedef struct {
  const char *name;
  PlanCase input;
  VgStoreRule rule;
  const char *store; /* NULL: none is named in the choice */
  gboolean name_store, base_ref;
} StoreCase;

static const StoreCase store_cases[] = {
  { "user",
    { .file = "nova-image-1.1", .store = "cheap", .base_stores = "fast" },
    VG_STORE_RULE_USER,
    "cheap",
    TRUE,
    FALSE },
  { "user-before-config",
    { .file = "nova-image-1.1", .store = "cheap", .config_store = "fast" },
    VG_STORE_RULE_USER,
    "cheap",
    TRUE,
    FALSE },
  { "config",
    { .file = "nova-image-1.1",
      .config_store = "cheap",
      .base_stores = "fast" },
    VG_STORE_RULE_CONFIG,
    "cheap",
    TRUE,
    FALSE },
  { "base",
    { .file = "nova-image-1.1", .base_stores = "fast" },
    VG_STORE_RULE_BASE,
    "fast",
    TRUE,
    TRUE },
  { "base-rbd",
    { .file = "nova-rbd-root", .base_stores = "ceph" },
    VG_STORE_RULE_BASE,
    "ceph",
    TRUE,
    TRUE },
  { "base-read-only",
    { .file = "nova-image-1.1", .base_stores = "web" },
    VG_STORE_RULE_DEFAULT,
    "reliable",
    FALSE,
    TRUE },
  { "base-gone",
    { .file = "nova-image-1.1", .base_problem = "it was deleted" },
    VG_STORE_RULE_DEFAULT,
    "reliable",
    FALSE,
    TRUE },
  { "volume",
    { .file = "nova-volume-29", .base_stores = "fast" },
    VG_STORE_RULE_DEFAULT,
    "reliable",
    FALSE,
    FALSE },
  { "volume-of-an-image", /* its image_ref is not where it was made from */
    { .file = "nova-volume-32", .base_stores = "fast" },
    VG_STORE_RULE_DEFAULT,
    "reliable",
    FALSE,
    FALSE },
  { "unknown-origin",
    { .file = "plain", .base_stores = "fast" },
    VG_STORE_RULE_DEFAULT,
    "reliable",
    FALSE,
    FALSE },
  { "policy",
    { .file = "plain-policy", .base_stores = "fast" },
    VG_STORE_RULE_BASE,
    "fast",
    TRUE,
    TRUE },
  { "other-disk", /* beside the root disk's image */
    { .file = "nova-rbd-root", .base_stores = "fast", .disks = "vdb" },
    VG_STORE_RULE_BASE,
    "fast",
    TRUE,
    TRUE },
  { "other-disk-of-volume",
    { .file = "nova-companions", .base_stores = "fast", .disks = "vda" },
    VG_STORE_RULE_DEFAULT,
    "reliable",
    FALSE,
    FALSE },
  { "single",
    { .file = "nova-image-1.1", .single = TRUE },
    VG_STORE_RULE_DEFAULT,
    NULL,
    FALSE,
    TRUE },
};

static void
test_store (gconstpointer data)
{
  const StoreCase *test = data;
  g_autoptr (VgPlan) plan = plan_make (&test->input);
  const VgStoreChoice *choice = plan_image (plan, 0)->choice;

  g_assert_cmpint (choice->rule, ==, test->rule);
  g_assert_cmpstr (choice->store, ==, test->store);
  g_assert_cmpint (choice->name_store, ==, test->name_store);
  g_assert_cmpint (choice->base_ref != NULL, ==, test->base_ref);
}

static void
test_store_not_asked (void)
{
  PlanCase input = { .file = "nova-image-1.1",
                     .no_stores = TRUE,
                     .store = "nope" };
  g_autoptr (VgPlan) named = plan_make (&input);
  g_autoptr (VgPlan) plan = NULL;
  const VgStoreChoice *choice = plan_image (named, 0)->choice;

  g_assert_cmpstr (choice->store, ==, "nope");
  g_assert_cmpint (choice->rule, ==, VG_STORE_RULE_USER);
  input.store = NULL;
  plan = plan_make (&input);
  g_assert_null (plan_image (plan, 0)->choice);
  input.store = "fast";
  input.forbid_user_store = TRUE;
  plan_fail (&input, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE,
             "allow_user_store");
}

static void
test_store_refused (void)
{
  static const struct {
    PlanCase input;
    const char *text;
  } cases[] = {
    { { .file = "plain", .store = "nope" }, "'nope'" },
    { { .file = "plain", .store = "web" }, "read-only" },
    { { .file = "plain", .config_store = "nope" }, "[glance] store" },
    { { .file = "plain", .store = "fast", .forbid_user_store = TRUE },
      "allow_user_store" },
    { { .file = "plain", .store = "fast", .single = TRUE },
      "no multi-store support" },
    { { .file = "plain", .config_store = "fast", .single = TRUE },
      "no multi-store support" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    plan_fail (&cases[i].input, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE,
               cases[i].text);
}

/* The images of several disks are in one store. */
static void
test_store_of_each (void)
{
  PlanCase input = { .file = "nova-rbd-root",
                     .base_stores = "cheap,fast",
                     .all_disks = TRUE };
  g_autoptr (VgPlan) plan = plan_make (&input);

  g_assert_cmpuint (plan->images->len, >, 1);
  for (guint i = 0; i < plan->images->len; i++) {
    const VgStoreChoice *choice = plan_image (plan, i)->choice;

    g_assert_cmpstr (choice->store, ==, "fast"); /* Glance's order */
    g_assert_cmpint (choice->rule, ==, VG_STORE_RULE_BASE);
    g_assert_cmpuint (g_strv_length (choice->others), ==, 1);
    g_assert_cmpstr (choice->others[0], ==, "cheap");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (store_cases); i++) {
    g_autofree char *path =
        g_strdup_printf ("/plan/store/%s", store_cases[i].name);

    g_test_add_data_func (path, &store_cases[i], test_store);
  }
  g_test_add_func ("/plan/store/not-asked", test_store_not_asked);
  g_test_add_func ("/plan/store/refused", test_store_refused);
  g_test_add_func ("/plan/store/of-each", test_store_of_each);
  return g_test_run ();
}
