/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a job requires of the domain, its disks and this host. */
#include "job/precheck.h"

#include "disk/disk.h"
#include "disk/offline.h"
#include "disk/unlock.h"
#include "host/libvirt-snapshots.h"
#include "instant/quiesce.h"
#include "instant/scratch-space.h"
#include "instant/snapshot-layer.h"
#include "job/error.h"
#include "job/recover.h"
#include "plan/error.h"
#include "util/directory.h"
#include "util/look.h"

/* Time limit for an answer of a connected guest agent. */
#define AGENT_ANSWER_S 5

/* A guest that is already frozen may be what is required. */
static gboolean
check_agent (const VgJob *job, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (vg_guest_check_agent (job->peers.guest, AGENT_ANSWER_S, &why)
      || g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_FROZEN))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

static gboolean
check_quiesce (const VgJob *job, GError **error)
{
  const VgDomain *domain = job->sources->domain;
  const char *reason = job->sources->quiesce_reason;

  if (job->sources->quiesce != VG_QUIESCE_REQUIRE)
    return TRUE;
  if (domain->agent_connected)
    return check_agent (job, error);
  g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_AGENT,
               "domain %s can't be quiesced: %s; use --quiesce auto to do "
               "without%s%s",
               domain->name, vg_quiesce_get_obstacle (domain),
               reason != NULL ? ": it is required by " : "",
               reason != NULL ? reason : "");
  return FALSE;
}

/* Another job may be left over from a killed snapshot: it never ends by itself.
 */
static gboolean
check_idle (const VgJob *job, GError **error)
{
  g_autoptr (GError) why = NULL;
  VgGuest *guest = job->peers.guest;
  g_autofree char *dead = NULL;

  if (vg_guest_check_idle (guest, &why))
    return TRUE;
  if (g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_BUSY))
    dead = vg_recover_find (job->config, vg_guest_get_uuid (guest));
  if (dead != NULL)
    g_set_error (
        error, VG_HOST_ERROR, VG_HOST_ERROR_BUSY,
        "domain %s still has the backup job of a crashed snapshot "
        "(job %s), which could not be ended; run 'virt-glance recover' "
        "and try again",
        vg_guest_get_name (guest), dead);
  else
    g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

/* Its file system may not answer: so it is looked at before anything is done
 * with it. */
static gboolean
check_directory (const VgJob *job, const char *path, gboolean trial,
                 char **doubt, GError **error)
{
  VgFileFacts facts;

  if (!vg_look_at_file (path, &facts, job->cancellable, error))
    return FALSE;
  return trial ? vg_directory_try (path, doubt, error)
               : vg_directory_ensure (path, 0711, doubt, error);
}

/* Sockets: who could replace one would replace a guest's data. */
static gboolean
check_runtime (const VgJob *job, gboolean trial, GError **error)
{
  return check_directory (job, job->config->runtime_path, trial, NULL, error)
         || vg_directory_blame (VG_DIRECTORY_RUNTIME_OPTION, error);
}

/* Nova's own snapshots_directory, which an operator may name here, is Nova's.
 */
static gboolean
check_scratch (const VgJob *job, gboolean trial, GError **error)
{
  const char *directory = job->config->snapshots_directory;
  g_autofree char *doubt = NULL;

  if (!check_directory (job, directory, trial, &doubt, error))
    return vg_directory_blame (VG_DIRECTORY_SCRATCH_OPTION, error);
  if (doubt != NULL)
    vg_report_warning (job->report,
                       "scratch files with data of the guest are made in %s, "
                       "but %s; set " VG_DIRECTORY_SCRATCH_OPTION
                       " to a directory that only root can change",
                       directory, doubt);
  return vg_scratch_space_check (directory, job->config->scratch_reserve,
                                 job->cancellable, error);
}

gboolean
vg_precheck_saved (const VgJob *job, GError **error)
{
  const VgPlanSources *sources = job->sources;
  g_autofree char *why = NULL;

  if (!sources->saved || sources->quiesce != VG_QUIESCE_REQUIRE)
    return TRUE;
  why = vg_plan_sources_describe_saved (sources);
  g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_SAVED,
               "%s; start the domain, or use --quiesce auto%s%s", why,
               sources->quiesce_reason != NULL ? ": quiescing is required by "
                                               : "",
               sources->quiesce_reason != NULL ? sources->quiesce_reason : "");
  return FALSE;
}

static gboolean
check_running (const VgJob *job, gboolean trial, GError **error)
{
  if (!check_quiesce (job, error))
    return FALSE;
  if (!vg_plan_sources_have_transport (job->sources, VG_TRANSPORT_READ))
    return TRUE;
  return check_idle (job, error) && check_scratch (job, trial, error);
}

/* Each disk */

static gboolean
is_fault_of_disk (const GError *why)
{
  return g_error_matches (why, VG_DISK_ERROR, VG_DISK_ERROR_OPEN)
         || g_error_matches (why, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED)
         || g_error_matches (why, VG_DISK_ERROR, VG_DISK_ERROR_UNREACHABLE)
         || g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_FAILED)
         || g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_UNSUPPORTED);
}

/* Whether it need not be said of which disk the error is. */
static gboolean
names_disk (const GError *why)
{
  return g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED)
         || g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_BUSY)
         || why->domain == VG_LIBVIRT_SNAPSHOT_ERROR;
}

gboolean
vg_precheck_throw_disk (GError **error, const VgDomain *domain,
                        const VgDomainDisk *disk, GError *why)
{
  if (names_disk (why)) {
    g_propagate_error (error, why);
    return FALSE;
  }
  if (is_fault_of_disk (why)) {
    why->domain = VG_PLAN_ERROR;
    why->code = VG_PLAN_ERROR_DISK;
  }
  g_propagate_prefixed_error (
      error, why, "disk %s of domain %s: ", disk->target, domain->name);
  return FALSE;
}

/* The key of a scratch file. If libvirt keeps it to itself, it makes the file.
 */
static gboolean
check_key (VgGuest *guest, const VgPlanSource *source, GError **error)
{
  const VgSource *layer = vg_source_find_encrypted (source->disk->source);
  g_autoptr (GPtrArray) keys = NULL;
  g_autoptr (GError) why = NULL;

  if (layer == NULL)
    return TRUE;
  keys = vg_unlock_layer (layer, guest, &why);
  if (keys != NULL
      || g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_DENIED))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

/* libvirt takes no backup of a disk with a block job. One that it can't tell is
 * left to the backup job. */
static gboolean
check_no_block_job (VgGuest *guest, const VgPlanSource *source, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (vg_guest_check_unmerged (guest, source->disk->target, &why)
      || !g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_BUSY))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

/* A domain that was started meanwhile is another matter: of one that is being
 * started, anything may be learnt, and the attempt begins again. */
static gboolean
is_started (VgGuest *guest, guint epoch)
{
  gboolean active;

  return vg_guest_get_epoch (guest) != epoch
         || (vg_guest_get_active (guest, &active, NULL) && active);
}

static gboolean
examine (const VgJob *job, const VgPlanSource *source, GError **error)
{
  g_autoptr (VgConfine) confine = vg_confine_new (
      job->config, job->peers.guest, job->sources->domain->dac_label, error);

  return confine != NULL
         && vg_offline_examine (confine, job->peers.guest, source->disk->source,
                                source->ciphertext, job->cancellable, error);
}

static gboolean
check_read (const VgJob *job, const VgPlanSource *source, GError **error)
{
  VgGuest *guest = job->peers.guest;
  g_autoptr (GError) why = NULL;
  guint epoch;

  if (job->sources->active)
    return check_no_block_job (guest, source, error)
           && check_key (guest, source, error);
  epoch = vg_guest_get_epoch (guest);
  if (examine (job, source, &why) || is_started (guest, epoch))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

static gboolean
check_disk (const VgJob *job, const VgPlanSource *source, GError **error)
{
  GError *why = NULL;
  gboolean ok = TRUE;

  if (source->way == VG_TRANSPORT_READ)
    ok = check_read (job, source, &why);
  else if (source->way == VG_TRANSPORT_SAVED)
    ok = vg_snapshot_layer_check (job->config, job->peers.guest, job->sources,
                                  source->disk, job->cancellable, &why);
  return ok
         || vg_precheck_throw_disk (error, job->sources->domain, source->disk,
                                    why);
}

gboolean
vg_precheck (const VgJob *job, gboolean trial, GError **error)
{
  const VgPlanSources *sources = job->sources;

  if (!(sources->active ? check_running (job, trial, error)
                        : vg_precheck_saved (job, error)))
    return FALSE;
  for (guint i = 0; i < sources->list->len; i++)
    if (!check_disk (job, sources->list->pdata[i], error))
      return FALSE;
  return (!vg_plan_sources_have_transport (sources, VG_TRANSPORT_READ)
          && !vg_plan_sources_have_transport (sources, VG_TRANSPORT_SAVED))
         || check_runtime (job, trial, error);
}
