/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making plans in tests. The Glance of these tests has the stores fast, cheap,
 * reliable (the default), web (read-only) and ceph (of type rbd). */
#include "lib/plan-maker.h"

#include <string.h>

#include "lib/domain-file.h"
#include "inventory/stores.h"

static const char stores_json[] =
    "{\"stores\": [{\"id\": \"fast\"}, {\"id\": \"cheap\"},"
    "{\"id\": \"reliable\", \"default\": \"true\"},"
    "{\"id\": \"web\", \"read-only\": \"true\"}, {\"id\": \"ceph\"}]}";

static const char detail_json[] =
    "{\"stores\": [{\"id\": \"ceph\", \"type\": \"rbd\", \"properties\": {}},"
    "{\"id\": \"fast\", \"type\": \"file\", \"properties\": {}}]}";

static VgDomain *
get_domain (const PlanCase *input)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;
  VgDomain *domain;

  if (input->file != NULL)
    return domain_file_parse (input->file);
  xml = g_strdup_printf ("<domain><name>guest</name>"
                         "<uuid>2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8</uuid>"
                         "<devices>%s</devices></domain>",
                         input->disks_xml);
  domain = vg_domain_parse (xml, -1, &error);
  g_assert_no_error (error);
  return domain;
}

static VgRequest *
get_request (const PlanCase *input)
{
  static const char *const encrypted[] = {
    [VG_ENCRYPTED_REFUSE] = NULL,
    [VG_ENCRYPTED_KEEP] = "keep",
    [VG_ENCRYPTED_DECRYPT] = "decrypt",
  };
  VgRequest *request = vg_request_new ("guest");

  request->name = g_strdup (input->name);
  request->store = g_strdup (input->store);
  request->format = g_strdup (input->format);
  request->compress = g_strdup (input->compress);
  request->all_disks = input->all_disks;
  request->quiesce = g_strdup (input->unfrozen ? "never" : NULL);
  request->encrypted = g_strdup (encrypted[input->encrypted]);
  request->owner = g_strdup (input->owner_self ? "self" : NULL);
  request->disks =
      input->disks != NULL ? g_strsplit (input->disks, ",", -1) : NULL;
  request->properties = g_strdupv ((char **) input->properties);
  return request;
}

static void
learn_places (VgStores *stores, const char *places)
{
  g_auto (GStrv) list = g_strsplit (places != NULL ? places : "", ",", -1);

  for (char **place = list; *place != NULL; place++) {
    g_auto (GStrv) words = g_strsplit (*place, " ", -1);

    g_assert_cmpuint (g_strv_length (words), ==, 3);
    vg_stores_learn (stores, words[0], words[1], words[2]);
  }
}

static VgStores *
get_stores (const PlanCase *input)
{
  g_autoptr (GError) error = NULL;
  VgStores *stores = NULL;

  if (input->no_stores)
    return NULL;
  if (input->single)
    return vg_stores_new_single ();
  stores = vg_stores_parse (stores_json, detail_json, &error);
  g_assert_no_error (error);
  learn_places (stores, input->places);
  return stores;
}

static VgImageRecord *
get_base (const PlanCase *input)
{
  VgImageRecord *base;

  if (input->base_stores == NULL)
    return NULL;
  base = g_new0 (VgImageRecord, 1);
  base->id = g_strdup (PLAN_IMAGE);
  base->min_disk = input->base_min_disk;
  base->min_ram = input->base_min_ram;
  base->os_hash_algo = g_strdup (input->base_hash);
  base->stores = g_strsplit (input->base_stores, ",", -1);
  return base;
}

VgPlan *
plan_try (const PlanCase *input, GError **error)
{
  g_autoptr (VgRequest) request = get_request (input);
  g_autoptr (VgConfig) config = vg_config_new ();
  g_autoptr (VgStores) stores = get_stores (input);
  g_autoptr (VgImageRecord) base = get_base (input);
  g_autoptr (GHashTable) capacities =
      g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) rbd = g_hash_table_new (g_str_hash, g_str_equal);
  guint64 capacity = input->capacity;
  VgPlanFacts facts = { .active = input->active,
                        .project = input->project,
                        .capacities = capacities,
                        .rbd = rbd,
                        .stores = stores,
                        .base = base,
                        .base_problem = input->base_problem };

  config->allow_user_store = !input->forbid_user_store;
  config->store = g_strdup (input->config_store);
  config->snapshot_image_format = g_strdup (input->config_format);
  if (input->config_compression != NULL) {
    g_free (config->snapshot_compression);
    config->snapshot_compression = g_strdup (input->config_compression);
  }
  config->flatten_after = input->flatten_after;
  if (input->rbd != NULL)
    g_hash_table_insert (rbd, (char *) "vda", (gpointer) input->rbd);
  if (input->rbd_other != NULL)
    g_hash_table_insert (rbd, (char *) "vdb", (gpointer) input->rbd_other);
  if (input->sized != NULL)
    g_hash_table_insert (capacities, (char *) input->sized, &capacity);
  return vg_plan_new (request, config, get_domain (input), &facts, error);
}

VgPlan *
plan_make (const PlanCase *input)
{
  g_autoptr (GError) error = NULL;
  VgPlan *plan = plan_try (input, &error);

  g_assert_no_error (error);
  g_assert_nonnull (plan);
  return plan;
}

void
plan_fail (const PlanCase *input, GQuark domain, int code, const char *text)
{
  g_autoptr (GError) error = NULL;
  VgPlan *plan = plan_try (input, &error);

  g_assert_null (plan);
  g_assert_error (error, domain, code);
  if (strstr (error->message, text) == NULL)
    g_error ("expected '%s' in: %s", text, error->message);
}

const VgPlanDisk *
plan_disk (const VgPlan *plan, guint i)
{
  g_assert_cmpuint (i, <, plan->disks->len);
  return plan->disks->pdata[i];
}
