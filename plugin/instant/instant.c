/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes the instant. */
#include "instant/instant.h"

#include <string.h>

#include "disk/live.h"
#include "disk/offline.h"
#include "disk/scratch.h"
#include "util/directory.h"
#include "instant/quiesce.h"
#include "instant/snapshot-layer.h"
#include "instant/rbd-snapshot.h"
#include "instant/scratch-image.h"
#include "instant/scratch-space.h"
#include "plan/error.h"

/* How long to wait for libvirt to notice that a domain stopped. It may take
 * half a minute: libvirt (9.0) first waits in vain to report an agent's
 * disconnection, which the backup job blocks. */
#define NOTICE_TIMEOUT_US (60 * G_USEC_PER_SEC)
#define NOTICE_PAUSE_US (G_USEC_PER_SEC / 50)

struct _VgInstant {
  const VgInstantContext *context;
  gboolean reads; /* some disks are neither RBD images nor in libvirt snapshots;
                     else the instant can't be lost */
  char *socket;   /* live */
  char *scratch;  /* live: the directory */
  char *runtime;  /* the job's directory for sockets */
  GHashTable *keys;  /* live: of encrypted scratch files */
  gboolean together; /* live: all disks are in the backup job, including those
                        planned as RBD snapshots */
  gboolean made;     /* live: the scratch files already exist */
  gboolean begun;    /* live: the backup job runs */
  guint step;        /* live: number of its step */
  VgScratchSpaceWatch *space; /* live */
  guint epoch;                /* offline */
};

static VgScratchPaths
get_scratch_paths (const VgInstant *instant)
{
  VgScratchPaths paths = { instant->socket, instant->scratch, instant->keys,
                           instant->made };

  return paths;
}

static void
find_keys (VgInstant *instant)
{
  const GPtrArray *list = instant->context->sources->list;

  for (guint i = 0; i < list->len; i++) {
    const VgDomainDisk *disk = ((VgPlanSource *) list->pdata[i])->disk;
    const VgSource *layer = vg_source_find_encrypted (disk->source);

    if (layer != NULL)
      g_hash_table_insert (instant->keys, disk->target, (gpointer) layer);
  }
}

/* Parents of our directories may be closed to the hypervisor's user, or its
 * confinement may deny access. */
static void
blame_rights (const VgDomain *domain, GError **error)
{
  g_autoptr (GString) what = g_string_new (
      "whether the hypervisor's user can get to " VG_DIRECTORY_RUNTIME_OPTION
      " and " VG_DIRECTORY_SCRATCH_OPTION);

  if (domain->confined_by != NULL)
    g_string_append_printf (what,
                            ", and whether %s lets it (see virt-glance(1))",
                            domain->confined_by);
  vg_directory_blame (what->str, error);
}

static gboolean
begin_job (VgInstant *instant, GError **error)
{
  const VgInstantContext *context = instant->context;
  g_auto (GStrv) targets =
      vg_plan_sources_get_targets (context->sources, instant->together, TRUE);
  g_auto (GStrv) others =
      vg_plan_sources_get_targets (context->sources, instant->together, FALSE);
  VgScratchPaths paths = get_scratch_paths (instant);
  g_autoptr (GError) why = NULL;

  if (!vg_journal_ask (context->journal, instant->step, error))
    return FALSE;
  instant->begun =
      vg_live_begin (context->guest, &paths, (const char *const *) targets,
                     (const char *const *) others, &why);
  /* A connection that is lost takes the answer with it, not the request. */
  if (!g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION))
    vg_journal_set_answered (context->journal, instant->step);
  if (instant->begun)
    return TRUE;
  if (strstr (why->message, "Permission denied") != NULL)
    blame_rights (context->sources->domain, &why);
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

static gboolean
make_folder (const char *path, const char *dac_label, const char *option,
             GError **error)
{
  return vg_directory_make (path, dac_label, error)
         || vg_directory_blame (option, error);
}

/* Whether libvirt can create the scratch files, where we can't. It takes
 * longer, and the guest is frozen meanwhile. */
static gboolean
may_libvirt_make (const VgInstant *instant, const GError *why)
{
  return !g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED)
         && (g_hash_table_size (instant->keys) == 0
             || g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_DENIED));
}

/* For all disks, since the job may include more than are read now: see
 * take_together(). */
static gboolean
make_scratch (VgInstant *instant, GError **error)
{
  const VgInstantContext *context = instant->context;
  const GPtrArray *list = context->sources->list;
  g_autofree const char **targets = g_new0 (const char *, list->len + 1);
  VgScratchPaths paths = get_scratch_paths (instant);
  g_autoptr (GError) why = NULL;

  for (guint i = 0; i < list->len; i++)
    targets[i] = ((VgPlanSource *) list->pdata[i])->disk->target;
  instant->made =
      vg_scratch_make (context->guest, &paths, targets, vg_scratch_image_write,
                       context->cancellable, &why);
  if (instant->made)
    return TRUE;
  if (may_libvirt_make (instant, why)) {
    g_debug ("%s", why->message);
    return TRUE;
  }
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

static gboolean
prepare_live (VgInstant *instant, GError **error)
{
  const VgInstantContext *context = instant->context;
  const char *label = context->sources->domain->dac_label;
  const char *directory = context->config->snapshots_directory;
  guint64 reserve = context->config->scratch_reserve;

  vg_journal_add_step (context->journal, VG_STEP_FOLDER, instant->runtime);
  vg_journal_add_step (context->journal, VG_STEP_FOLDER, instant->scratch);
  if (!vg_journal_write (context->journal, error)
      || !make_folder (instant->runtime, label, VG_DIRECTORY_RUNTIME_OPTION,
                       error)
      || !make_folder (instant->scratch, label, VG_DIRECTORY_SCRATCH_OPTION,
                       error)
      || !vg_scratch_space_check (directory, reserve, context->cancellable,
                                  error)
      || !make_scratch (instant, error))
    return FALSE;
  instant->space = vg_scratch_space_watch_new (directory, reserve,
                                               context->cancellable, error);
  if (instant->space == NULL)
    return FALSE;
  /* It is written with the freeze, or when the job is asked for. */
  instant->step =
      vg_journal_add_step (context->journal, VG_STEP_BACKUP, instant->socket);
  return TRUE;
}

/* The guest could not be frozen as planned. Several RBD snapshots would then be
 * taken at different times, so all disks go into the backup job. */
static gboolean
take_together (VgInstant *instant, GError **error)
{
  const VgPlanSources *sources = instant->context->sources;
  gboolean prepared = instant->reads;

  if (sources->list->len == 1)
    return TRUE;
  if (vg_plan_sources_have_ciphertext (sources)) {
    g_set_error (error, VG_PLAN_ERROR, VG_PLAN_ERROR_DISK,
                 "the disks of domain %s can't be captured at one instant: the "
                 "guest could not be frozen, and the ciphertext of an "
                 "encrypted disk is available only from a snapshot in Ceph; "
                 "snapshot one disk at a time, or shut the domain off",
                 sources->domain->name);
    return FALSE;
  }
  instant->together = TRUE;
  instant->reads = TRUE;
  return prepared || prepare_live (instant, error);
}

static gboolean
await_others (const VgInstant *instant, GError **error)
{
  const VgInstantContext *context = instant->context;

  return context->await == NULL || context->await (context->await_data, error);
}

/* Takes all disks. Must be fast: the guest may be frozen. */
static gboolean
take_all (gpointer data, gboolean frozen, GError **error)
{
  VgInstant *instant = data;

  /* (Of a frozen guest this was done before.) */
  if (!await_others (instant, error))
    return FALSE;
  if (!frozen && !take_together (instant, error))
    return FALSE;
  if (!instant->together && !vg_rbd_snapshot_take (instant->context, error))
    return FALSE;
  return !instant->reads || begin_job (instant, error);
}

static gboolean
take_live (VgInstant *instant, GError **error)
{
  if (instant->reads && !prepare_live (instant, error))
    return FALSE;
  if (!vg_rbd_snapshot_prepare (instant->context, error))
    return FALSE;
  return vg_quiesce_around (instant->context, take_all, instant, error);
}

static gboolean
prepare_offline (VgInstant *instant, GError **error)
{
  const VgInstantContext *context = instant->context;

  vg_journal_add_step (context->journal, VG_STEP_FOLDER, instant->runtime);
  if (!vg_journal_write (context->journal, error))
    return FALSE;
  return make_folder (instant->runtime, NULL, VG_DIRECTORY_RUNTIME_OPTION,
                      error);
}

/* The epoch was read before the domain was seen shut off. */
static gboolean
check_shut_off (const VgInstantContext *context, GError **error)
{
  gboolean active;

  if (!vg_guest_get_active (context->guest, &active, error))
    return FALSE;
  if (active) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE,
                 "domain %s was started", context->sources->domain->name);
    return FALSE;
  }
  return TRUE;
}

/* The state was saved earlier. A snapshot inside the domain's own file must be
 * read like the present disk of a shut-off domain. */
static gboolean
take_saved (VgInstant *instant, GError **error)
{
  instant->reads = vg_snapshot_layer_is_inside (instant->context->sources);
  if (instant->reads && !check_shut_off (instant->context, error))
    return FALSE;
  return prepare_offline (instant, error);
}

/* The domain is not running now and was not started since. */
static gboolean
check_unstarted (VgInstant *instant, GError **error)
{
  const VgInstantContext *context = instant->context;

  if (!check_shut_off (context, error))
    return FALSE;
  if (vg_guest_get_epoch (context->guest) == instant->epoch)
    return TRUE;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE,
               "domain %s was started meanwhile",
               context->sources->domain->name);
  return FALSE;
}

/* If the domain starts while snapshots are taken, one disk is still consistent,
 * but several disks would be of different times. */
static gboolean
take_offline (VgInstant *instant, GError **error)
{
  const VgInstantContext *context = instant->context;
  VgJobQuiesce saved = { .known = TRUE,
                         .obstacle = (char *) "the guest is saved" };

  if (!check_shut_off (context, error))
    return FALSE;
  if (context->sources->saved)
    vg_journal_set_quiesce (context->journal, &saved);
  if (instant->reads && !prepare_offline (instant, error))
    return FALSE;
  if (!vg_rbd_snapshot_prepare (context, error)
      || !await_others (instant, error)
      || !vg_rbd_snapshot_take (context, error))
    return FALSE;
  return context->sources->list->len == 1 || check_unstarted (instant, error);
}

static gboolean
take_by_state (VgInstant *instant, GError **error)
{
  const VgPlanSources *sources = instant->context->sources;

  if (sources->savepoint != NULL)
    return take_saved (instant, error);
  return sources->active ? take_live (instant, error)
                         : take_offline (instant, error);
}

VgInstant *
vg_instant_take (const VgInstantContext *context, GError **error)
{
  g_autoptr (VgInstant) instant = g_new0 (VgInstant, 1);
  VgJobQuiesce unknown = { 0 };

  vg_journal_set_quiesce (context->journal, &unknown);
  instant->context = context;
  instant->reads =
      vg_plan_sources_have_transport (context->sources, VG_TRANSPORT_READ);
  instant->epoch = vg_guest_get_epoch (context->guest);
  instant->runtime =
      vg_directory_runtime (context->config, context->journal->id);
  instant->scratch =
      vg_directory_scratch (context->config, context->journal->id);
  instant->socket = g_build_filename (instant->runtime, "nbd.sock", NULL);
  instant->keys = g_hash_table_new (g_str_hash, g_str_equal);
  find_keys (instant);
  if (!take_by_state (instant, error)) {
    vg_instant_explain (instant, error);
    return NULL;
  }
  return g_steal_pointer (&instant);
}

void
vg_instant_free (VgInstant *instant)
{
  if (instant == NULL)
    return;
  vg_scratch_space_watch_free (instant->space);
  g_hash_table_unref (instant->keys);
  g_free (instant->socket);
  g_free (instant->scratch);
  g_free (instant->runtime);
  g_free (instant);
}

VgTransport
vg_instant_get_transport (const VgInstant *instant, const VgPlanSource *source)
{
  return instant->together ? VG_TRANSPORT_READ : source->way;
}

/* Reads the disk of a shut-off domain. */
static VgDisk *
open_offline (VgInstant *instant, const VgPlanSource *source,
              const char *socket, GError **error)
{
  const VgInstantContext *context = instant->context;
  VgConfine *confine =
      vg_confine_new (context->config, context->guest,
                      context->sources->domain->dac_label, error);

  if (confine == NULL)
    return NULL;
  return vg_offline_open (confine, context->guest, instant->epoch,
                          source->disk->target, source->disk->source,
                          source->ciphertext, socket, context->cancellable,
                          error);
}

VgDisk *
vg_instant_open (VgInstant *instant, const VgPlanSource *source, GError **error)
{
  const VgInstantContext *context = instant->context;
  const VgDomainDisk *disk = source->disk;
  VgScratchPaths paths = get_scratch_paths (instant);
  g_autofree char *socket =
      g_strdup_printf ("%s/%s.sock", instant->runtime, disk->target);
  VgTransport way = vg_instant_get_transport (instant, source);

  if (way == VG_TRANSPORT_SAVED)
    return vg_snapshot_layer_open (context, source, instant->epoch, socket,
                                   error);
  if (vg_transport_needs_rbd_snapshot (way))
    return vg_rbd_snapshot_open (context, source, error);
  if (context->sources->active)
    return vg_live_open (context->guest, &paths, disk->target,
                         context->cancellable, error);
  return open_offline (instant, source, socket, error);
}

static gboolean
is_lost (VgInstant *instant)
{
  VgGuest *guest = instant->context->guest;
  gboolean active = FALSE, held;

  if (!instant->reads)
    return FALSE;
  if (instant->context->sources->active)
    return instant->begun
           && vg_live_is_held (guest, instant->socket, &held, NULL) && !held;
  return vg_guest_get_epoch (guest) != instant->epoch
         || (vg_guest_get_active (guest, &active, NULL) && active);
}

/* libvirt notices the end of a hypervisor later than we do. (The connection to
 * a shut-off domain's disk doesn't end because the domain starts.) */
static gboolean
is_lost_soon (VgInstant *instant)
{
  const VgInstantContext *context = instant->context;
  gint64 deadline = g_get_monotonic_time () + NOTICE_TIMEOUT_US;

  while (!is_lost (instant)) {
    if (!context->sources->active
        || g_cancellable_is_cancelled (context->cancellable)
        || g_get_monotonic_time () > deadline)
      return FALSE;
    g_usleep (NOTICE_PAUSE_US);
  }
  return TRUE;
}

/* Whether the failure was caused by the loss of the instant. */
static gboolean
is_cause (VgInstant *instant, const GError *error)
{
  if (error->domain != VG_DISK_ERROR)
    return FALSE;
  if (error->code == VG_DISK_ERROR_CLOSED && instant->reads)
    return is_lost_soon (instant);
  return is_lost (instant);
}

/* The cause of the loss, as far as it is known. A backup job may end because
 * somebody aborts it, or because it fails. */
static GError *
describe_loss (const VgInstant *instant)
{
  const VgInstantContext *context = instant->context;
  const char *name = context->sources->domain->name;
  gboolean same = vg_guest_get_epoch (context->guest) == instant->epoch;
  gboolean active = FALSE;
  gboolean known = vg_guest_get_active (context->guest, &active, NULL);
  const char *of = "the backup job of ", *what;

  if (!context->sources->active) {
    what = known && active ? "was" : "may have been";
    return g_error_new (VG_DISK_ERROR, VG_DISK_ERROR_GONE,
                        "domain %s %s started meanwhile", name, what);
  }
  if (known && !active) {
    of = "";
    what = "stopped meanwhile";
  } else if (known && same) {
    what = "has ended, but not by virt-glance";
  } else {
    what = "is no longer there";
  }
  return g_error_new (VG_DISK_ERROR, VG_DISK_ERROR_GONE, "%sdomain %s %s", of,
                      name, what);
}

void
vg_instant_explain (VgInstant *instant, GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (error == NULL
      || g_error_matches (*error, VG_DISK_ERROR, VG_DISK_ERROR_GONE))
    return;
  if (instant->space != NULL)
    vg_scratch_space_watch_tripped (instant->space, &cause);
  if (cause == NULL && is_cause (instant, *error))
    cause = describe_loss (instant);
  if (cause == NULL)
    return;
  g_clear_error (error);
  *error = g_steal_pointer (&cause);
}
