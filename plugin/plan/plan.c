/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds a plan from the request, the configuration and the facts. Pure: no
 * calls to services, so that tests can use files. */
#include "plan/plan.h"

#include <string.h>

#include "plan/encryption.h"
#include "plan/format.h"
#include "plan/error.h"
#include "plan/image-record.h"
#include "util/text.h"
#include "request/check.h"
#include "plan/select.h"
#include "plan/source.h"

/* Limit for Keystone's project ids. */
#define MAX_PROJECT 64
#define PROJECT_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_"

static void
free_image (gpointer data)
{
  VgPlanImage *image = data;

  g_free (image->target);
  g_free (image->name);
  g_clear_pointer (&image->choice, vg_store_choice_free);
  g_clear_pointer (&image->record, vg_json_unref);
  g_free (image);
}

void
vg_plan_free (VgPlan *plan)
{
  if (plan == NULL)
    return;
  vg_plan_sources_free (plan->sources);
  g_ptr_array_unref (plan->images);
  g_ptr_array_unref (plan->warnings);
  g_strfreev (plan->left_out);
  g_free (plan->group);
  g_free (plan->project);
  g_free (plan->hash_algo);
  g_free (plan);
}

/* The Ceph cluster that has the disk; NULL: none, or unknown. */
static const char *
get_fsid (const VgDomainDisk *disk, const VgPlanFacts *facts)
{
  const VgRbdFacts *rbd = facts->rbd != NULL && disk != NULL
                              ? g_hash_table_lookup (facts->rbd, disk->target)
                              : NULL;

  return rbd != NULL ? rbd->fsid : NULL;
}

/* The same for each disk, whichever disk was made from the base image: their
 * images belong together. */
static gboolean
choose_store (const VgPlan *plan, const VgPlanSource *source,
              VgPlanImage *image, const VgRequest *request,
              const VgConfig *config, const VgPlanFacts *facts, GError **error)
{
  const VgDomain *domain = plan->sources->domain;
  VgStoreQuestion question = {
    .stores = facts->stores,
    .user_store = request->store,
    .allow_user_store = config->allow_user_store,
    .flavor_store = domain->flavor_store,
    .config_store = config->store,
    .volume_backed = domain->origin == VG_ORIGIN_VOLUME,
    .base_image = domain->image_ref,
    .base_problem = facts->base_problem,
    .disk_fsid = get_fsid (source->disk, facts),
    .root_fsid = get_fsid (domain->root, facts),
  };

  if (facts->stores == NULL)
    return vg_store_choose_unasked (&question, &image->choice, error);
  if (facts->base != NULL)
    question.base_stores = (const char *const *) facts->base->stores;
  image->choice = vg_store_choose (&question, error);
  return image->choice != NULL;
}

/* Without a requested or configured mode, the base image may require quiescing.
 */
static void
choose_quiesce (VgPlanSources *sources, const VgRequest *request,
                const VgConfig *config, const VgPlanFacts *facts)
{
  gboolean required =
      facts->base != NULL ? vg_text_is_true (
          vg_json_get_string (facts->base->json, "os_require_quiesce"))
                          : sources->domain->require_quiesce;

  sources->mountpoints = g_strdupv (request->mountpoints);
  sources->quiesce = vg_request_get_quiesce (request, config);
  if (sources->savepoint != NULL) {
    sources->quiesce = VG_QUIESCE_NEVER;
    sources->quiesce_reason = "an existing snapshot can't be frozen";
    return;
  }
  if (!required || request->quiesce != NULL
      || sources->quiesce == VG_QUIESCE_REQUIRE)
    return;
  sources->quiesce = VG_QUIESCE_REQUIRE;
  sources->quiesce_reason = "os_require_quiesce of the base image";
}

/* Flattening afterwards requires clones whose parent snapshot can be removed.
 */
static gboolean
choose_flatten (VgPlan *plan, const VgPlanSource *source, VgPlanImage *image,
                const VgConfig *config, const VgRbdFacts *rbd, GError **error)
{
  if (source->way != VG_TRANSPORT_CLONE || !config->flatten_after)
    return TRUE;
  if (rbd->clone_format < 2) {
    g_set_error (
        error, VG_PLAN_ERROR, VG_PLAN_ERROR_DISK,
        "disk %s of domain %s: [ceph] flatten = after needs clones of format "
        "2, and the Ceph cluster %s makes format 1, which would keep the "
        "guest's image from being deleted; set flatten = before, or the "
        "cluster to \"ceph osd set-require-min-compat-client mimic\"",
        image->target, plan->sources->domain->name, rbd->fsid);
    return FALSE;
  }
  image->flatten_after = rbd->deep_flatten;
  if (!rbd->deep_flatten)
    g_ptr_array_add (
        plan->warnings,
        g_strdup_printf ("disk %s is flattened before its image is active, "
                         "despite [ceph] flatten = after, because its RBD "
                         "image lacks the feature 'deep-flatten'",
                         image->target));
  return TRUE;
}

static gboolean
make_record (VgPlan *plan, const VgPlanSource *source, VgPlanImage *image,
             const VgRequest *request, const VgConfig *config,
             const VgPlanFacts *facts, GError **error)
{
  const VgDomain *domain = plan->sources->domain;
  VgRecordFacts record = {
    .domain = domain,
    .name = image->name,
    .disk_format = image->disk_format,
    .capacity = source->capacity,
    .base = image->is_root ? facts->base : NULL,
    .is_root = image->is_root,
    .disk = image->target,
    .group = plan->group,
    .request = request,
    .definition = image == plan->images->pdata[0] ? facts->definition : NULL,
    .owner = vg_request_is_owner_self (request, config) ? NULL : plan->project,
  };
  char *missing = NULL;

  image->record = vg_record_new (&record, error);
  if (image->record == NULL)
    return FALSE;
  if (source->ciphertext)
    missing = vg_encryption_describe (domain, source->disk, image->record);
  if (missing != NULL)
    g_ptr_array_add (plan->warnings, missing);
  return TRUE;
}

static gboolean
plan_disk (VgPlan *plan, guint number, const VgRequest *request,
           const VgConfig *config, const VgPlanFacts *facts, GError **error)
{
  VgPlanSource *source = plan->sources->list->pdata[number];
  VgPlanImage *image = plan->images->pdata[number];
  const VgRbdFacts *rbd = vg_plan_source_get_rbd (source, facts);

  return vg_plan_source_check (plan->sources, source, request, plan->warnings,
                               error)
         && choose_store (plan, source, image, request, config, facts, error)
         && vg_format_choose (image, source, request, config, error)
         && vg_plan_source_choose_way (plan->sources, source, image, facts,
                                       plan->warnings, error)
         && choose_flatten (plan, source, image, config, rbd, error)
         && make_record (plan, source, image, request, config, facts, error);
}

/* The instance's project if it isn't ours. Skips strings that can't be project
 * ids. */
static char *
find_project (const VgDomain *domain, const VgPlanFacts *facts)
{
  const char *project = domain->owner_project;

  if (project == NULL || *project == '\0' || strlen (project) > MAX_PROJECT
      || strspn (project, PROJECT_CHARACTERS) < strlen (project)
      || g_strcmp0 (project, facts->project) == 0)
    return NULL;
  return g_strdup (project);
}

static void
add_warnings (VgPlan *plan, const VgPlanFacts *facts)
{
  const VgDomain *domain = plan->sources->domain;

  if (domain->origin_problem != NULL)
    g_ptr_array_add (plan->warnings, g_strdup (domain->origin_problem));
  if (facts->base_problem != NULL)
    g_ptr_array_add (plan->warnings, g_strdup (facts->base_problem));
  if (plan->sources->saved)
    g_ptr_array_add (plan->warnings,
                     vg_plan_sources_describe_saved (plan->sources));
  for (guint i = 0; facts->warnings != NULL && i < facts->warnings->len; i++)
    g_ptr_array_add (plan->warnings, g_strdup (facts->warnings->pdata[i]));
}

/* The first image gets the plain name, the others append their disk's name. */
static void
add_disk (VgPlan *plan, const VgDomainDisk *disk, const char *name)
{
  VgPlanImage *image = g_new0 (VgPlanImage, 1);

  image->target = g_strdup (disk->target);
  image->is_root = disk == plan->sources->domain->root;
  image->name = plan->images->len == 0
                    ? g_strdup (name)
                    : g_strdup_printf ("%s-%s", name, disk->target);
  g_ptr_array_add (plan->images, image);
  vg_plan_source_add (plan->sources, disk);
}

static gboolean
add_disks (VgPlan *plan, const VgRequest *request, GError **error)
{
  const VgDomain *domain = plan->sources->domain;
  g_autoptr (GPtrArray) disks = vg_select_disks (request, domain, error);
  g_autofree char *name = NULL;

  if (disks == NULL)
    return FALSE;
  name = request->name ? g_strdup (request->name)
                       : vg_record_make_name (domain->name, request->from);
  if (!vg_request_check_name (name, error))
    return FALSE;
  for (guint i = 0; i < disks->len; i++)
    add_disk (plan, disks->pdata[i], name);
  return TRUE;
}

VgPlan *
vg_plan_new (const VgRequest *request, const VgConfig *config,
             VgPlanSources *found, const VgPlanFacts *facts, GError **error)
{
  g_autoptr (VgPlan) plan = g_new0 (VgPlan, 1);

  plan->sources = found;
  plan->protect = request->protect;
  plan->project = find_project (found->domain, facts);
  plan->visibility_asked = request->visibility != NULL;
  plan->images = g_ptr_array_new_with_free_func (free_image);
  plan->warnings = g_ptr_array_new_with_free_func (g_free);
  plan->left_out = vg_select_left_out (request, found->domain);
  choose_quiesce (plan->sources, request, config, facts);
  if (!add_disks (plan, request, error))
    return NULL;
  if (plan->images->len > 1)
    plan->group = g_uuid_string_random ();
  for (guint i = 0; i < plan->images->len; i++)
    if (!plan_disk (plan, i, request, config, facts, error))
      return NULL;
  if (facts->base != NULL)
    plan->hash_algo = g_strdup (facts->base->os_hash_algo);
  add_warnings (plan, facts);
  return g_steal_pointer (&plan);
}

VgPlanDisk
vg_plan_get_disk (const VgPlan *plan, guint number)
{
  VgPlanDisk disk = { plan->sources->list->pdata[number],
                      plan->images->pdata[number] };

  return disk;
}

/* The image's disk, among the disks requested: the domain's definition may have
 * changed. */
static const VgDomainDisk *
find_disk (const VgPlanImage *image, const GPtrArray *disks,
           const VgDomain *domain, GError **error)
{
  for (guint i = 0; i < disks->len; i++) {
    const VgDomainDisk *disk = disks->pdata[i];

    if (g_str_equal (disk->target, image->target))
      return disk;
  }
  g_set_error (error, VG_PLAN_ERROR, VG_PLAN_ERROR_DISK,
               "domain %s no longer has a disk %s", domain->name,
               image->target);
  return NULL;
}

static gboolean
add_sources (const VgPlan *plan, VgPlanSources *found, const VgRequest *request,
             GError **error)
{
  g_autoptr (GPtrArray) disks = vg_select_disks (request, found->domain, error);

  for (guint i = 0; disks != NULL && i < plan->images->len; i++) {
    const VgDomainDisk *disk =
        find_disk (plan->images->pdata[i], disks, found->domain, error);

    if (disk == NULL)
      return FALSE;
    vg_plan_source_add (found, disk);
  }
  return disks != NULL;
}

VgPlanSources *
vg_plan_find_sources (const VgPlan *plan, const VgRequest *request,
                      VgPlanSources *found, const VgPlanFacts *facts,
                      GError **error)
{
  g_autoptr (VgPlanSources) sources = found;
  g_autoptr (GPtrArray) told = g_ptr_array_new_with_free_func (g_free);

  sources->quiesce = plan->sources->quiesce;
  sources->quiesce_reason = plan->sources->quiesce_reason;
  sources->mountpoints = g_strdupv (plan->sources->mountpoints);
  if (!add_sources (plan, sources, request, error))
    return NULL;
  for (guint i = 0; i < sources->list->len; i++) {
    VgPlanSource *source = sources->list->pdata[i];

    if (!vg_plan_source_check (sources, source, request, told, error)
        || !vg_plan_source_choose_way (sources, source, plan->images->pdata[i],
                                       facts, told, error))
      return NULL;
  }
  return g_steal_pointer (&sources);
}
