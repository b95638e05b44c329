/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes plans in tests. The Glance of these tests has the stores fast, cheap,
 * reliable (the default), web (read-only) and ceph (type rbd). */
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
set_places (VgStores *stores, const char *places)
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
  set_places (stores, input->places);
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

/* All that a plan is made of but for the domain. */
typedef struct {
  VgRequest *request;
  VgConfig *config;
  VgStores *stores;
  VgImageRecord *base;
  guint64 capacity;
  VgPlanFacts facts;
} Parts;

static void
clear_parts (Parts *parts)
{
  vg_request_free (parts->request);
  vg_config_free (parts->config);
  vg_stores_free (parts->stores);
  vg_image_record_free (parts->base);
  g_hash_table_unref (parts->facts.capacities);
  g_hash_table_unref (parts->facts.rbd);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parts, clear_parts)

static VgConfig *
get_config (const PlanCase *input)
{
  VgConfig *config = vg_config_new ();

  config->allow_user_store = !input->forbid_user_store;
  config->store = g_strdup (input->config_store);
  config->snapshot_image_format = g_strdup (input->config_format);
  if (input->config_compression != NULL) {
    g_free (config->snapshot_compression);
    config->snapshot_compression = g_strdup (input->config_compression);
  }
  config->flatten_after = input->flatten_after;
  return config;
}

static void
get_parts (const PlanCase *input, Parts *parts)
{
  VgPlanFacts *facts = &parts->facts;

  parts->request = get_request (input);
  parts->config = get_config (input);
  parts->stores = get_stores (input);
  parts->base = get_base (input);
  parts->capacity = input->capacity;
  facts->project = input->project;
  facts->capacities = g_hash_table_new (g_str_hash, g_str_equal);
  facts->rbd = g_hash_table_new (g_str_hash, g_str_equal);
  facts->stores = parts->stores;
  facts->base = parts->base;
  facts->base_problem = input->base_problem;
  if (input->rbd != NULL)
    g_hash_table_insert (facts->rbd, (char *) "vda", (gpointer) input->rbd);
  if (input->rbd_other != NULL)
    g_hash_table_insert (facts->rbd, (char *) "vdb",
                         (gpointer) input->rbd_other);
  if (input->sized != NULL)
    g_hash_table_insert (facts->capacities, (char *) input->sized,
                         &parts->capacity);
}

VgPlan *
plan_try (const PlanCase *input, GError **error)
{
  g_auto (Parts) parts = { 0 };

  get_parts (input, &parts);
  return vg_plan_new (
      parts.request, parts.config,
      vg_plan_sources_new (get_domain (input), input->active, NULL),
      &parts.facts, error);
}

VgPlanSources *
plan_find_sources (const VgPlan *plan, const PlanCase *now, GError **error)
{
  g_auto (Parts) parts = { 0 };

  get_parts (now, &parts);
  return vg_plan_find_sources (
      plan, parts.request,
      vg_plan_sources_new (get_domain (now), now->active, NULL), &parts.facts,
      error);
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

const VgPlanSource *
plan_source (const VgPlan *plan, guint i)
{
  g_assert_cmpuint (i, <, plan->sources->list->len);
  return plan->sources->list->pdata[i];
}

const VgPlanImage *
plan_image (const VgPlan *plan, guint i)
{
  g_assert_cmpuint (i, <, plan->images->len);
  return plan->images->pdata[i];
}
