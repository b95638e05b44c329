/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job up to the moment when it would begin. */
#include "job/rehearsal.h"

#include "job/gather.h"
#include "job/precheck.h"
#include "journal/lock.h"

gboolean
vg_rehearsal_plan (VgJob *job, gboolean trial, VgPlan **plan, GError **error)
{
  *plan = vg_gather_plan (job, error);
  if (*plan == NULL)
    return FALSE;
  job->plan = *plan;
  job->sources = (*plan)->sources;
  return vg_precheck (job, trial, error);
}

/* Another job may be at work. */
static gboolean
check_lock (const VgJob *job, GError **error)
{
  VgGuest *guest = job->peers.guest;

  if (vg_lock_try (job->config->state_path, vg_guest_get_uuid (guest), error))
    return TRUE;
  g_prefix_error (error, "domain %s: ", vg_guest_get_name (guest));
  return FALSE;
}

VgPlan *
vg_rehearse (const VgRequest *request, const VgConfig *config, VgHost *host,
             VgGlance *glance, const VgReport *report,
             GCancellable *cancellable, GError **error)
{
  g_autoptr (VgGuest) guest = vg_guest_find (host, request->domain, error);
  g_autoptr (VgCeph) ceph = vg_ceph_new (config, host);
  g_autoptr (VgPlan) plan = NULL;
  VgJob job = { .request = request,
                .config = config,
                .report = report,
                .cancellable = cancellable,
                .peers = { guest, glance, ceph } };

  if (guest == NULL || !check_lock (&job, error)
      || !vg_rehearsal_plan (&job, TRUE, &plan, error)
      || !vg_journal_try (config->state_path, error))
    return NULL;
  return g_steal_pointer (&plan);
}
