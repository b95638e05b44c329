/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requirements of a job on a running domain, for the domain and this host. */
#include "job/precheck.h"

#include "disk/offline.h"
#include "instant/quiesce.h"
#include "instant/scratch-space.h"
#include "job/error.h"
#include "job/recover.h"
#include "util/directory.h"

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
  g_autofree char *dead = NULL;

  if (vg_guest_check_idle (job->peers.guest, &why))
    return TRUE;
  if (g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_BUSY))
    dead = vg_recover_find (job->config, job->journal->uuid);
  if (dead != NULL)
    g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_BUSY,
                 "domain %s still has the backup job of a crashed snapshot "
                 "(job %s); run 'virt-glance recover' and try again",
                 job->journal->domain, dead);
  else
    g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

/* Sockets: who could replace one would replace a guest's data. */
static gboolean
check_runtime (const VgJob *job, GError **error)
{
  return vg_directory_ensure (job->config->runtime_path, 0711, NULL, error)
         || vg_directory_blame (VG_DIRECTORY_RUNTIME_OPTION, error);
}

/* Nova's own snapshots_directory, which an operator may name here, is Nova's.
 */
static gboolean
check_scratch (const VgJob *job, GError **error)
{
  const char *directory = job->config->snapshots_directory;
  g_autofree char *doubt = NULL;

  if (!vg_directory_ensure (directory, 0711, &doubt, error))
    return vg_directory_blame (VG_DIRECTORY_SCRATCH_OPTION, error);
  if (doubt != NULL)
    vg_report_warning (job->report,
                       "scratch files with data of the guest are made in %s, "
                       "but %s; set " VG_DIRECTORY_SCRATCH_OPTION
                       " to a directory that only root can change",
                       directory, doubt);
  return vg_scratch_space_check (directory, job->config->scratch_reserve,
                                 error);
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

gboolean
vg_precheck_running (const VgJob *job, GError **error)
{
  if (!check_quiesce (job, error))
    return FALSE;
  if (!vg_plan_sources_have_transport (job->sources, VG_TRANSPORT_READ))
    return TRUE;
  return check_idle (job, error) && check_runtime (job, error)
         && check_scratch (job, error);
}

/* A domain that was started meanwhile is another matter. */
static gboolean
is_started (const VgJob *job)
{
  gboolean active;

  return vg_guest_get_active (job->peers.guest, &active, NULL) && active;
}

static gboolean
check_source (const VgJob *job, VgConfine *confine, const VgPlanSource *source,
              GError **error)
{
  g_autoptr (GError) why = NULL;

  if (source->way != VG_TRANSPORT_READ
      || vg_offline_check (confine, job->peers.guest, source->disk->source,
                           job->cancellable, &why))
    return TRUE;
  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  if (is_started (job))
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&why),
                              "disk %s of domain %s: ", source->disk->target,
                              job->sources->domain->name);
  return FALSE;
}

gboolean
vg_precheck_shut_off (const VgJob *job, GError **error)
{
  const VgPlanSources *sources = job->sources;
  g_autoptr (VgConfine) confine = NULL;

  if (!vg_precheck_saved (job, error))
    return FALSE;
  if (!vg_plan_sources_have_transport (sources, VG_TRANSPORT_READ))
    return TRUE;
  if (!check_runtime (job, error))
    return FALSE;
  confine = vg_confine_new (job->config, job->peers.guest,
                            sources->domain->dac_label, error);
  if (confine == NULL)
    return FALSE;
  for (guint i = 0; i < sources->list->len; i++)
    if (!check_source (job, confine, sources->list->pdata[i], error))
      return FALSE;
  return TRUE;
}
