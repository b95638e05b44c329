/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at the domain again and again, until it was left alone for a while.
 * libvirt has no event for the end of what another client does in several
 * steps. */
#include "job/give-way.h"

#define PAUSE_US (G_USEC_PER_SEC / 2)

void
vg_calm_begin (VgCalm *calm, gint64 now)
{
  calm->begun = now;
  calm->calm_since = -1;
}

VgCalmVerdict
vg_calm_look (VgCalm *calm, gint64 now, gboolean disturbed)
{
  if (disturbed)
    calm->calm_since = -1;
  else if (calm->calm_since < 0)
    calm->calm_since = now;
  if (!disturbed && now - calm->calm_since >= VG_CALM_FOR_US)
    return VG_CALM_REACHED;
  return now - calm->begun >= VG_CALM_LIMIT_US ? VG_CALM_TOO_LATE
                                               : VG_CALM_WAIT;
}

/* NULL: none. */
static const VgDomainDisk *
find_mirrored (const VgDomain *domain)
{
  for (guint i = 0; i < domain->disks->len; i++) {
    const VgDomainDisk *disk = domain->disks->pdata[i];

    if (disk->mirrored)
      return disk;
  }
  return NULL;
}

/* *what: a clause that says what somebody else does with the domain, or NULL;
 * free with g_free(). */
static gboolean
look_at_domain (const VgJob *job, char **what, GError **error)
{
  VgGuest *guest = job->peers.guest;
  g_autoptr (VgDomain) domain = vg_guest_read (guest, error);
  const VgDomainDisk *mirrored;
  g_autoptr (GError) why = NULL;
  gboolean persistent;

  *what = NULL;
  if (domain == NULL || !vg_guest_get_persistent (guest, &persistent, error))
    return FALSE;
  mirrored = find_mirrored (domain);
  if (mirrored != NULL) {
    *what = g_strdup_printf ("its disk %s is being copied", mirrored->target);
  } else if (!persistent && job->plan->sources->persistent) {
    *what = g_strdup ("it is undefined, as Nova does while it takes a "
                      "snapshot");
  } else if (!vg_guest_check_idle (guest, &why)) {
    if (!g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_BUSY)) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
    *what = g_strdup ("it has another active job");
  }
  return TRUE;
}

static gboolean
throw_too_late (const VgJob *job, const char *what, GError **error)
{
  g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_BUSY,
               "somebody else ended the backup job of domain %s, and still "
               "works on the domain after %d minutes (%s); try again later",
               job->sources->domain->name,
               (int) (VG_CALM_LIMIT_US / G_USEC_PER_SEC / 60),
               what != NULL ? what : "with pauses");
  return FALSE;
}

gboolean
vg_give_way (const VgJob *job, gboolean *alone, GError **error)
{
  gboolean told = FALSE, disturbed = FALSE, active;
  VgCalm calm;

  *alone = FALSE;
  vg_calm_begin (&calm, g_get_monotonic_time ());
  for (;;) {
    g_autofree char *what = NULL;
    VgCalmVerdict verdict;

    if (!vg_guest_get_active (job->peers.guest, &active, error))
      return FALSE;
    if (!active)
      return TRUE;
    if (!look_at_domain (job, &what, error))
      return FALSE;
    disturbed = disturbed || what != NULL;
    verdict = vg_calm_look (&calm, g_get_monotonic_time (), what != NULL);
    if (verdict == VG_CALM_REACHED) {
      *alone = !disturbed;
      return TRUE;
    }
    if (verdict == VG_CALM_TOO_LATE)
      return throw_too_late (job, what, error);
    if (!told)
      vg_report_phase (job->report,
                       "Waiting until nobody else works on domain %s",
                       job->sources->domain->name);
    told = TRUE;
    g_usleep (PAUSE_US);
    if (g_cancellable_set_error_if_cancelled (job->cancellable, error))
      return FALSE;
  }
}
