/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collects the facts that a plan needs. */
#include "job/gather.h"

#include "host/libvirt-snapshots.h"
#include "job/ahead.h"
#include "job/definition.h"
#include "job/precheck.h"
#include "instant/snapshot-layer.h"
#include "plan/select.h"

#define AGENT_TIMEOUT_US (60 * G_USEC_PER_SEC)
#define AGENT_PAUSE_US (G_USEC_PER_SEC / 4)

/* Larger than any disk, in bytes; libvirt returns arbitrary sizes for damaged
 * disks of a shut-off domain. */
#define MAX_CAPACITY ((guint64) 1 << 60)

/* Sizes are optional: if libvirt doesn't know one, min_disk is 0. */
static GHashTable *
get_capacities (VgGuest *guest, const VgDomain *domain)
{
  GHashTable *table =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; i < domain->disks->len; i++) {
    const VgDomainDisk *disk = domain->disks->pdata[i];
    guint64 bytes;

    if (disk->source->type != VG_SOURCE_NONE
        && vg_guest_get_capacity (guest, disk->target, &bytes, NULL)
        && bytes <= MAX_CAPACITY)
      g_hash_table_insert (table, g_strdup (disk->target),
                           g_memdup2 (&bytes, sizeof bytes));
  }
  return table;
}

/* The base image's record; NULL without error, with *problem set, if it does
 * not exist or is not visible. */
static VgImageRecord *
get_base (const VgDomain *domain, VgGlance *glance, char **problem,
          GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) why = NULL;
  VgImageRecord *base =
      vg_glance_get_image (glance, domain->image_ref, cancellable, &why);

  if (base != NULL)
    return base;
  if (g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_NOT_FOUND)
      || g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_FORBIDDEN))
    *problem = g_strdup_printf ("the base image %s was deleted or is not "
                                "visible to us",
                                domain->image_ref);
  else
    g_propagate_prefixed_error (error, g_steal_pointer (&why),
                                "the base image of domain %s: ", domain->name);
  return NULL;
}

gboolean
vg_gather_await_agent (const VgJob *job, GError **error)
{
  VgGuest *guest = job->peers.guest;
  gint64 deadline = g_get_monotonic_time () + AGENT_TIMEOUT_US;
  gboolean told = FALSE;

  while (g_get_monotonic_time () < deadline) {
    g_autoptr (VgDomain) domain = vg_guest_read (guest, error);
    gboolean active;

    if (domain == NULL || !vg_guest_get_active (guest, &active, error))
      return FALSE;
    if (!active || !domain->has_agent || domain->agent_connected)
      break;
    if (!told)
      vg_report_phase (job->report, "Waiting for the guest agent of domain %s",
                       domain->name);
    told = TRUE;
    g_usleep (AGENT_PAUSE_US);
    if (g_cancellable_set_error_if_cancelled (job->cancellable, error))
      return FALSE;
  }
  return TRUE;
}

static VgRbdFacts *
ask_ceph (const VgJob *job, const VgDomainDisk *disk)
{
  VgRbdFacts *facts = g_new0 (VgRbdFacts, 1);
  g_autoptr (VgCephAddress) address = vg_ceph_address_new (disk->source);
  g_autoptr (GError) why = NULL;
  g_auto (VgRbdInfo) info = { 0 };
  VgCluster *cluster = vg_ceph_connect (job->peers.ceph, address, &why);
  const VgRbd *rbd = cluster != NULL ? vg_rbd_load (&why) : NULL;

  if (rbd != NULL && rbd->read_info (cluster, disk->source->name, &info, &why)
      && rbd->get_clone_format (cluster, &facts->clone_format, &why)) {
    facts->fsid = g_strdup (cluster->fsid);
    facts->size = info.size;
    facts->can_clone = info.can_clone;
    facts->deep_flatten = info.deep_flatten;
  } else {
    facts->problem = g_steal_pointer (&why);
  }
  return facts;
}

char *
vg_gather_root_fsid (const VgJob *job, const VgDomain *domain)
{
  VgRbdFacts *facts;
  char *fsid;

  if (domain->root == NULL || !vg_transport_is_rbd (domain->root))
    return NULL;
  facts = ask_ceph (job, domain->root);
  fsid = g_strdup (facts->fsid);
  vg_rbd_facts_free (facts);
  return fsid;
}

/* Ceph's facts about the disks requested, and their sizes, which libvirt
 * doesn't know for a shut-off domain. */
static GHashTable *
get_rbd (const VgJob *job, const VgDomain *domain, GHashTable *capacities)
{
  GHashTable *table = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) vg_rbd_facts_free);

  for (guint i = 0; i < domain->disks->len; i++) {
    const VgDomainDisk *disk = domain->disks->pdata[i];
    VgRbdFacts *facts;

    if (!vg_transport_is_rbd (disk)
        || !vg_select_wants (job->request, domain, disk))
      continue;
    /* The hypervisor provides the decrypted content. */
    if (vg_source_find_encrypted (disk->source) != NULL
        && vg_request_get_encrypted (job->request) != VG_ENCRYPTED_KEEP)
      continue;
    facts = ask_ceph (job, disk);
    g_hash_table_insert (table, g_strdup (disk->target), facts);
    if (facts->problem == NULL)
      g_hash_table_insert (capacities, g_strdup (disk->target),
                           g_memdup2 (&facts->size, sizeof facts->size));
  }
  return table;
}

/* Facts from Glance. */
typedef struct {
  VgStores *stores;
  VgImageRecord *base; /* or NULL */
  char *base_problem;  /* or NULL */
  const char *project; /* ours */
  GPtrArray *warnings; /* of char *, for people */
} Told;

static void
clear_told (Told *told)
{
  g_clear_pointer (&told->stores, vg_stores_free);
  g_clear_pointer (&told->base, vg_image_record_free);
  g_free (told->base_problem);
  g_clear_pointer (&told->warnings, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Told, clear_told)

/* A warning if our configuration contradicts Glance. */
static char *
tell_contradiction (const VgStore *store)
{
  if (store->type != NULL && strcmp (store->type, "rbd") != 0)
    return g_strdup_printf ("section [store:%s] of the configuration is "
                            "ignored: Glance says that this store is of type "
                            "%s",
                            store->id, store->type);
  return g_strdup_printf ("section [store:%s] of the configuration is ignored: "
                          "Glance has this store in pool %s of the Ceph "
                          "cluster %s",
                          store->id, store->pool ? store->pool : "(unknown)",
                          store->fsid ? store->fsid : "(unknown)");
}

/* Adds Ceph locations of stores from the base image's record, then from the
 * configuration. The first source wins. */
static void
learn_stores (const VgJob *job, Told *told)
{
  GPtrArray *known = job->config->rbd_stores;

  if (told->base != NULL)
    vg_stores_learn_from_image (told->stores, told->base);
  for (guint i = 0; i < known->len; i++) {
    const VgConfigStore *store = known->pdata[i];

    if (!vg_stores_learn (told->stores, store->name, store->fsid, store->pool))
      g_ptr_array_add (told->warnings, tell_contradiction (vg_stores_find (
                                           told->stores, store->name)));
  }
}

static gboolean
ask_glance (const VgJob *job, const VgDomain *domain, Told *told,
            GError **error)
{
  g_autoptr (GError) why = NULL;

  told->stores =
      job->ahead != NULL
          ? vg_ahead_take_stores (job->ahead, error)
          : vg_glance_get_stores (job->peers.glance, job->cancellable, error);
  if (told->stores == NULL)
    return FALSE;
  if (domain->image_ref != NULL)
    told->base = get_base (domain, job->peers.glance, &told->base_problem,
                           job->cancellable, &why);
  if (why != NULL) {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  learn_stores (job, told);
  told->project = vg_glance_get_project_id (job->peers.glance);
  return TRUE;
}

/* The requested libvirt snapshot, if any. libvirt lists snapshots in creation
 * too: so read the domain's XML after this. */
static gboolean
get_savepoint (const VgJob *job, VgLibvirtSnapshot **savepoint, GError **error)
{
  const char *name = job->request->from;
  g_autofree char *xml = NULL;

  if (name == NULL)
    return TRUE;
  xml = vg_guest_get_snapshot_xml (job->peers.guest, name, error);
  *savepoint = xml != NULL ? vg_libvirt_snapshot_parse (xml, error) : NULL;
  if (*savepoint == NULL)
    return FALSE;
  for (guint i = 0; i < (*savepoint)->disks->len; i++) {
    const VgSavedDisk *disk = (*savepoint)->disks->pdata[i];

    if (disk->kind == VG_SAVED_EXTERNAL
        && !vg_guest_check_unmerged (job->peers.guest, disk->target, error))
      return FALSE;
  }
  return TRUE;
}

/* Facts from libvirt and Ceph. */
typedef struct {
  VgPlanSources *sources; /* with nothing chosen */
  GHashTable *capacities;
  GHashTable *rbd; /* NULL with a savepoint */
} Found;

static void
clear_found (Found *found)
{
  g_clear_pointer (&found->sources, vg_plan_sources_free);
  g_clear_pointer (&found->capacities, g_hash_table_unref);
  g_clear_pointer (&found->rbd, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Found, clear_found)

/* Checks that the snapshot's disks are available, and gets their sizes. */
static gboolean
measure_saved (const VgJob *job, const Found *found, GError **error)
{
  const VgPlanSources *sources = found->sources;
  const VgDomain *domain = sources->domain;

  for (guint i = 0; i < domain->disks->len; i++) {
    const VgDomainDisk *disk = domain->disks->pdata[i];
    GError *why = NULL;
    guint64 bytes;

    /* The plan refuses removable drives requested by name. */
    if (disk->device == VG_DEVICE_CDROM || disk->device == VG_DEVICE_FLOPPY
        || !vg_select_wants (job->request, domain, disk))
      continue;
    if (!vg_snapshot_layer_measure (job->config, job->peers.guest, sources,
                                    disk, &bytes, job->cancellable, &why))
      return vg_precheck_throw_disk (error, domain, disk, why);
    g_hash_table_insert (found->capacities, g_strdup (disk->target),
                         g_memdup2 (&bytes, sizeof bytes));
  }
  return TRUE;
}

static gboolean
find_sources (const VgJob *job, Found *found, GError **error)
{
  g_autoptr (VgLibvirtSnapshot) savepoint = NULL;
  g_autoptr (VgDomain) domain = NULL;
  gboolean active, persistent, saved = FALSE;

  if (!get_savepoint (job, &savepoint, error))
    return FALSE;
  domain = vg_guest_read (job->peers.guest, error);
  if (domain == NULL || !vg_guest_get_active (job->peers.guest, &active, error)
      || !vg_guest_get_persistent (job->peers.guest, &persistent, error))
    return FALSE;
  if (!active && savepoint == NULL
      && !vg_guest_get_saved (job->peers.guest, &saved, error))
    return FALSE;
  if (saved)
    vg_domain_set_saved (domain);
  found->capacities = get_capacities (job->peers.guest, domain);
  if (savepoint == NULL)
    found->rbd = get_rbd (job, domain, found->capacities);
  found->sources = vg_plan_sources_new (g_steal_pointer (&domain), active,
                                        g_steal_pointer (&savepoint));
  found->sources->persistent = persistent;
  found->sources->saved = saved;
  return found->sources->savepoint == NULL || measure_saved (job, found, error);
}

static void
warn_of_strays (const VgDomain *domain, GPtrArray *warnings)
{
  for (char **stray = domain->strays; *stray != NULL; stray++)
    g_ptr_array_add (warnings, g_strdup (*stray));
}

VgPlan *
vg_gather_plan (const VgJob *job, GError **error)
{
  g_auto (Found) found = { 0 };
  g_auto (Told) told = { .warnings = g_ptr_array_new_with_free_func (g_free) };
  g_autofree char *definition = NULL;
  VgPlanFacts facts = { 0 };

  if (!find_sources (job, &found, error))
    return NULL;
  if (job->ahead != NULL)
    vg_ahead_expect_freeze (job->ahead, job, found.sources);
  definition = vg_definition_keep (job, found.sources, told.warnings);
  warn_of_strays (found.sources->domain, told.warnings);
  if (job->peers.glance != NULL
      && !ask_glance (job, found.sources->domain, &told, error))
    return NULL;
  facts.capacities = found.capacities;
  facts.rbd = found.rbd;
  facts.stores = told.stores;
  facts.base = told.base;
  facts.base_problem = told.base_problem;
  facts.project = told.project;
  facts.definition = definition;
  facts.warnings = told.warnings;
  return vg_plan_new (job->request, job->config,
                      g_steal_pointer (&found.sources), &facts, error);
}

VgPlanSources *
vg_gather_sources (const VgJob *job, GError **error)
{
  g_auto (Found) found = { 0 };
  VgPlanFacts facts = { 0 };

  if (!find_sources (job, &found, error))
    return NULL;
  facts.capacities = found.capacities;
  facts.rbd = found.rbd;
  return vg_plan_find_sources (job->plan, job->request,
                               g_steal_pointer (&found.sources), &facts, error);
}
