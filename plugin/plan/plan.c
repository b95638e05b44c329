/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making a plan, from what was asked, configured and found out. Pure: it asks
 * nobody, so that tests can give it files. */
#include "plan/plan.h"

#include <string.h>

#include "plan/encryption.h"
#include "plan/format.h"
#include "plan/error.h"
#include "plan/image-record.h"
#include "util/text.h"
#include "request/check.h"
#include "plan/select.h"

/* Of Keystone's ids of projects. */
#define MAX_PROJECT 64
#define PROJECT_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_"

static void
free_plan_disk (gpointer data)
{
  VgPlanDisk *disk = data;

  g_free (disk->image_name);
  g_free (disk->way_reason);
  g_clear_pointer (&disk->choice, vg_store_choice_free);
  g_clear_pointer (&disk->record, vg_json_unref);
  g_free (disk);
}

void
vg_plan_free (VgPlan *plan)
{
  if (plan == NULL)
    return;
  g_ptr_array_unref (plan->disks);
  g_ptr_array_unref (plan->warnings);
  vg_domain_free (plan->domain);
  g_strfreev (plan->mountpoints);
  g_free (plan->group);
  g_free (plan->project);
  vg_libvirt_snapshot_free (plan->savepoint);
  g_free (plan->hash_algo);
  g_free (plan);
}

/* Whether the disk's bytes can be had, as far as the XML tells. */
static gboolean
check_disk (const VgDomain *domain, const VgDomainDisk *disk, gboolean active,
            GError **error)
{
  VgSourceType type = disk->source->type;

  if (disk->device == VG_DEVICE_CDROM || disk->device == VG_DEVICE_FLOPPY)
    return vg_plan_throw_disk (
        error, domain, disk,
        disk->device == VG_DEVICE_CDROM ? "it is a cdrom" : "it is a floppy");
  if (type == VG_SOURCE_NONE)
    return vg_plan_throw_disk (error, domain, disk, "it has no medium");
  if (type == VG_SOURCE_VHOST_USER || type == VG_SOURCE_VHOST_VDPA)
    return vg_plan_throw_disk (
        error, domain, disk,
        "its data pass by the hypervisor (vhost), which can't "
        "take a snapshot of it");
  if (type == VG_SOURCE_DIR)
    return vg_plan_throw_disk (error, domain, disk,
                               "it is a folder, not an image");
  if (disk->shareable && !disk->readonly)
    return vg_plan_throw_disk (
        error, domain, disk,
        "it is shareable, so another domain may write to it in "
        "the middle");
  if (active && disk->device == VG_DEVICE_LUN)
    return vg_plan_throw_disk (
        error, domain, disk,
        "it is a passed-through LUN, whose writes the "
        "hypervisor doesn't see; shut the domain off first");
  return TRUE;
}

static const VgRbdFacts *
get_rbd (const VgPlanDisk *disk, const VgPlanFacts *facts)
{
  return facts->rbd != NULL
             ? g_hash_table_lookup (facts->rbd, disk->disk->target)
             : NULL;
}

static const char *
get_fsid (const VgPlanDisk *disk, const VgPlanFacts *facts)
{
  const VgRbdFacts *rbd = get_rbd (disk, facts);

  return rbd != NULL ? rbd->fsid : NULL;
}

static gboolean
choose_store (VgPlan *plan, VgPlanDisk *disk, const VgRequest *request,
              const VgConfig *config, const VgPlanFacts *facts, GError **error)
{
  const VgDomain *domain = plan->domain;
  VgStoreQuestion question = {
    .stores = facts->stores,
    .user_store = request->store,
    .allow_user_store = config->allow_user_store,
    .flavor_store = domain->flavor_store,
    .config_store = config->store,
    .volume_backed = disk->disk->volume_id != NULL,
    .disk_fsid = get_fsid (disk, facts),
  };

  if (facts->stores == NULL)
    return vg_store_choose_unasked (&question, &disk->choice, error);
  if (disk->is_root) {
    question.volume_backed = domain->origin == VG_ORIGIN_VOLUME;
    question.base_image = domain->image_ref;
    question.base_problem = facts->base_problem;
    if (facts->base != NULL)
      question.base_stores = (const char *const *) facts->base->stores;
  }
  disk->choice = vg_store_choose (&question, error);
  return disk->choice != NULL;
}

/* Of a disk that the hypervisor decrypts. */
static gboolean
choose_cipher (VgPlan *plan, VgPlanDisk *disk, const VgRequest *request,
               const VgPlanFacts *facts, GError **error)
{
  VgEncrypted encrypted = vg_request_get_encrypted (request);

  if (vg_source_find_encrypted (disk->disk->source) == NULL)
    return TRUE;
  if (facts->savepoint != NULL)
    return vg_plan_throw_disk (
        error, plan->domain, disk->disk,
        "it is encrypted, and what libvirt's snapshots have of "
        "encrypted disks is not exported");
  if (!vg_encryption_check (plan->domain, disk->disk, encrypted,
                            request->format, error))
    return FALSE;
  disk->ciphertext = encrypted == VG_ENCRYPTED_KEEP;
  if (!disk->ciphertext)
    g_ptr_array_add (
        plan->warnings,
        g_strdup_printf ("the image of disk %s has in the clear what is "
                         "encrypted on the disk",
                         disk->disk->target));
  return TRUE;
}

gboolean
vg_plan_will_freeze (const VgPlan *plan)
{
  return plan->quiesce == VG_QUIESCE_REQUIRE
         || (plan->quiesce == VG_QUIESCE_AUTO && plan->domain->agent_connected);
}

/* An image may require it of whoever says nothing else. */
static void
choose_quiesce (VgPlan *plan, const VgRequest *request, const VgConfig *config,
                const VgPlanFacts *facts)
{
  gboolean required =
      facts->base != NULL ? vg_text_is_true (
          vg_json_get_string (facts->base->json, "os_require_quiesce"))
                          : plan->domain->require_quiesce;

  plan->mountpoints = g_strdupv (request->mountpoints);
  plan->quiesce = vg_request_get_quiesce (request, config);
  if (facts->savepoint != NULL) {
    plan->quiesce = VG_QUIESCE_NEVER;
    plan->quiesce_reason = "what was can't be frozen";
    return;
  }
  if (!required || request->quiesce != NULL
      || plan->quiesce == VG_QUIESCE_REQUIRE)
    return;
  plan->quiesce = VG_QUIESCE_REQUIRE;
  plan->quiesce_reason = "os_require_quiesce of the base image";
}

/* Flattening afterwards needs clones that let their parent's snapshot go. */
static gboolean
choose_flatten (VgPlan *plan, VgPlanDisk *disk, const VgRbdFacts *rbd,
                GError **error)
{
  if (rbd->clone_format < 2) {
    g_set_error (
        error, VG_PLAN_ERROR, VG_PLAN_ERROR_DISK,
        "disk %s of domain %s: [ceph] flatten = after needs clones of format "
        "2, and the Ceph cluster %s makes format 1, which would keep the "
        "guest's image from being deleted; set flatten = before, or the "
        "cluster to \"ceph osd set-require-min-compat-client mimic\"",
        disk->disk->target, plan->domain->name, rbd->fsid);
    return FALSE;
  }
  disk->flatten_after = rbd->deep_flatten;
  if (!rbd->deep_flatten)
    g_ptr_array_add (
        plan->warnings,
        g_strdup_printf ("disk %s is flattened before its image is active, "
                         "though [ceph] flatten = after: its RBD image lacks "
                         "the feature \"deep-flatten\"",
                         disk->disk->target));
  return TRUE;
}

/* A shut-off domain's disk is read by qemu-nbd, which we let read no network.
 */
static gboolean
check_readable (const VgPlan *plan, const VgPlanDisk *disk,
                const VgRbdFacts *rbd, GError **error)
{
  if (plan->active || rbd == NULL || rbd->problem == NULL)
    return TRUE;
  g_propagate_prefixed_error (error, g_error_copy (rbd->problem),
                              "disk %s of domain %s can't be read: ",
                              disk->disk->target, plan->domain->name);
  return FALSE;
}

static gboolean
choose_way (VgPlan *plan, VgPlanDisk *disk, const VgConfig *config,
            const VgPlanFacts *facts, GError **error)
{
  const VgRbdFacts *rbd = get_rbd (disk, facts);
  VgTransportQuestion question = {
    .disk = disk->disk,
    .rbd = rbd,
    .choice = disk->choice,
    .format = disk->format,
    .apart =
        plan->active && plan->disks->len > 1 && !vg_plan_will_freeze (plan),
  };

  if (facts->savepoint != NULL) {
    disk->way = VG_TRANSPORT_SAVED;
    return TRUE;
  }
  disk->way = vg_transport_choose (&question, &disk->way_reason);
  if (rbd != NULL && rbd->problem != NULL)
    g_ptr_array_add (plan->warnings,
                     g_strdup_printf ("disk %s is read in full: %s",
                                      disk->disk->target,
                                      rbd->problem->message));
  if (disk->ciphertext
      && !vg_encryption_check_way (plan->domain, disk->disk, plan->active,
                                   disk->way, error))
    return FALSE;
  if (disk->way == VG_TRANSPORT_CLONE && config->flatten_after)
    return choose_flatten (plan, disk, rbd, error);
  return check_readable (plan, disk, rbd, error);
}

/* The first image has the name alone, the others their disk's name behind. */
static char *
name_image (const char *name, const VgPlanDisk *disk, gboolean first)
{
  return first ? g_strdup (name)
               : g_strdup_printf ("%s-%s", name, disk->disk->target);
}

static void
describe_cipher (VgPlan *plan, VgPlanDisk *disk)
{
  char *missing =
      vg_encryption_describe (plan->domain, disk->disk, disk->record);

  if (missing != NULL)
    g_ptr_array_add (plan->warnings, missing);
}

static gboolean
plan_disk (VgPlan *plan, VgPlanDisk *disk, const VgRequest *request,
           const VgConfig *config, const VgPlanFacts *facts, GError **error)
{
  const guint64 *capacity = NULL;

  if (!check_disk (plan->domain, disk->disk, facts->active, error)
      || !choose_cipher (plan, disk, request, facts, error)
      || !choose_store (plan, disk, request, config, facts, error)
      || !vg_format_choose (disk, request, config, error)
      || !choose_way (plan, disk, config, facts, error))
    return FALSE;
  if (facts->capacities != NULL)
    capacity = g_hash_table_lookup (facts->capacities, disk->disk->target);
  disk->capacity = capacity != NULL ? *capacity : 0;

  VgRecordFacts record = {
    .domain = plan->domain,
    .name = disk->image_name,
    .disk_format = disk->disk_format,
    .capacity = disk->capacity,
    .base = disk->is_root ? facts->base : NULL,
    .is_root = disk->is_root,
    .disk = disk->disk->target,
    .group = plan->group,
    .request = request,
    .owner = vg_request_is_owner_self (request, config) ? NULL : plan->project,
  };
  disk->record = vg_record_new (&record, error);
  if (disk->record == NULL)
    return FALSE;
  if (disk->ciphertext)
    describe_cipher (plan, disk);
  return TRUE;
}

/* The instance's project, where it isn't ours. What can be no project's id
 * isn't asked of Glance. */
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
  if (plan->domain->origin_problem != NULL)
    g_ptr_array_add (plan->warnings, g_strdup (plan->domain->origin_problem));
  if (facts->base_problem != NULL)
    g_ptr_array_add (plan->warnings, g_strdup (facts->base_problem));
}

static gboolean
add_disks (VgPlan *plan, const VgRequest *request, GError **error)
{
  g_autoptr (GPtrArray) disks = vg_select_disks (request, plan->domain, error);

  for (guint i = 0; disks != NULL && i < disks->len; i++) {
    VgPlanDisk *disk = g_new0 (VgPlanDisk, 1);

    disk->disk = disks->pdata[i];
    disk->is_root = disk->disk == plan->domain->root;
    g_ptr_array_add (plan->disks, disk);
  }
  return disks != NULL;
}

VgPlan *
vg_plan_new (const VgRequest *request, const VgConfig *config, VgDomain *domain,
             const VgPlanFacts *facts, GError **error)
{
  g_autoptr (VgPlan) plan = g_new0 (VgPlan, 1);
  g_autofree char *name = NULL;

  plan->domain = domain;
  plan->active = facts->active;
  plan->protect = request->protect;
  plan->project = find_project (domain, facts);
  plan->visibility_asked = request->visibility != NULL;
  plan->disks = g_ptr_array_new_with_free_func (free_plan_disk);
  plan->warnings = g_ptr_array_new_with_free_func (g_free);
  choose_quiesce (plan, request, config, facts);
  if (!add_disks (plan, request, error))
    return NULL;
  if (plan->disks->len > 1)
    plan->group = g_uuid_string_random ();
  name = request->name ? g_strdup (request->name)
                       : vg_record_make_name (domain->name, request->from);
  if (!vg_request_check_name (name, error))
    return NULL;
  for (guint i = 0; i < plan->disks->len; i++) {
    VgPlanDisk *disk = plan->disks->pdata[i];

    disk->image_name = name_image (name, disk, i == 0);
    if (!plan_disk (plan, disk, request, config, facts, error))
      return NULL;
  }
  if (facts->base != NULL)
    plan->hash_algo = g_strdup (facts->base->os_hash_algo);
  add_warnings (plan, facts);
  return g_steal_pointer (&plan);
}

char **
vg_plan_get_targets (const VgPlan *plan, gboolean readable)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < plan->domain->disks->len; i++) {
    const VgDomainDisk *disk = plan->domain->disks->pdata[i];
    gboolean found = FALSE;

    for (guint j = 0; j < plan->disks->len && !found; j++) {
      const VgPlanDisk *planned = plan->disks->pdata[j];

      found = planned->disk == disk && planned->way == VG_TRANSPORT_READ;
    }
    if (found == readable)
      g_ptr_array_add (names, g_strdup (disk->target));
  }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

gboolean
vg_plan_has_ciphertext (const VgPlan *plan)
{
  for (guint i = 0; i < plan->disks->len; i++)
    if (((VgPlanDisk *) plan->disks->pdata[i])->ciphertext)
      return TRUE;
  return FALSE;
}

gboolean
vg_plan_has_transport (const VgPlan *plan, VgTransport way)
{
  for (guint i = 0; i < plan->disks->len; i++)
    if (((VgPlanDisk *) plan->disks->pdata[i])->way == way)
      return TRUE;
  return FALSE;
}

void
vg_plan_read_together (VgPlan *plan)
{
  for (guint i = 0; plan->disks->len > 1 && i < plan->disks->len; i++)
    ((VgPlanDisk *) plan->disks->pdata[i])->way = VG_TRANSPORT_READ;
}
