/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each exchange is a step, and all of these are in the journal before the first
 * one. What recover does with a job that died in between: job/undo-files.h. */
#include "restore/exchange.h"

#include "domain/backing-store.h"
#include "host/define.h"
#include "job/flatten.h"
#include "restore/kind.h"
#include "restore/permit.h"

static gboolean
check_off (VgGuest *guest, GError **error)
{
  gboolean active;

  if (!vg_guest_get_active (guest, &active, error))
    return FALSE;
  if (!active)
    return TRUE;
  g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_BUSY,
               "domain %s was started while its disks were being restored; "
               "shut it off, and restore them again",
               vg_guest_get_name (guest));
  return FALSE;
}

/* The definition may have been changed since the plan. */
static gboolean
check_disk (const VgGuestLook *look, const VgGuestDisk *plan, GError **error)
{
  VgDomainDisk *disk = vg_domain_find_disk (look->domain, plan->target, error);
  g_autofree char *path = NULL;
  const VgDiskKind *kind;

  if (disk == NULL || !vg_restore_permit_disk (look->domain, disk, error))
    return FALSE;
  kind = vg_disk_kind_find (look, disk, &path, error);
  if (kind == NULL)
    return FALSE;
  if (!g_str_equal (path, plan->path) || kind != plan->kind
      || (disk->source->format != NULL
          && !g_str_equal (disk->source->format, plan->format)))
    return vg_restore_throw_disk (error, look->domain, disk,
                                  "its definition was changed meanwhile; try "
                                  "again");
  return kind->check_unused (plan, look, error);
}

static gboolean
check_again (const VgJob *job, const VgGuestPlan *plan, GError **error)
{
  g_autoptr (VgDomain) domain = NULL;
  VgGuestLook look = { .config = job->config,
                       .peers = job->peers,
                       .cancellable = job->cancellable };

  if (!check_off (job->peers.guest, error))
    return FALSE;
  look.domain = domain = vg_guest_read (job->peers.guest, error);
  if (domain == NULL
      || !vg_restore_permit_guest (job->peers.guest, domain, error))
    return FALSE;
  for (guint i = 0; i < plan->disks->len; i++)
    if (!check_disk (&look, plan->disks->pdata[i], error))
      return FALSE;
  return !g_cancellable_set_error_if_cancelled (job->cancellable, error);
}

/* The definition */

/* A new disk is whole: the old one's chain must not be below it. The definition
 * is changed first, because the old disk can do without: libvirt then takes the
 * chain from its header. */
static gboolean
unchain_disk (const VgJob *job, const VgGuestDisk *disk, GError **error)
{
  VgJournal *journal = job->journal;
  g_autofree char *now =
      vg_guest_get_whole_definition (job->peers.guest, error);
  g_autofree char *then = NULL, *removed = NULL;
  g_autoptr (GError) why = NULL;
  gboolean changed;
  guint number;

  if (now == NULL
      || !vg_backing_store_remove (now, disk->target, &then, &removed, error))
    return FALSE;
  if (removed == NULL)
    return TRUE;
  number = vg_journal_add_step (journal, VG_STEP_BACKING_STORE, disk->target);
  ((VgStep *) journal->steps->pdata[number])->xml = g_steal_pointer (&removed);
  if (!vg_journal_write (journal, error)
      || !vg_journal_ask (journal, number, error))
    return FALSE;
  changed = vg_guest_redefine (job->peers.guest, then, &why);
  if (!g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION))
    vg_journal_set_answered (journal, number);
  if (why != NULL)
    g_propagate_error (error, g_steal_pointer (&why));
  return changed;
}

static gboolean
unchain_disks (const VgJob *job, const VgGuestPlan *plan, GError **error)
{
  for (guint i = 0; i < plan->disks->len; i++)
    if (!unchain_disk (job, plan->disks->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* An overwritten device never gets its old content back, so undoing must not
 * put back the chain either. */
static void
forget_chain (VgJournal *journal, const VgGuestDisk *disk)
{
  for (guint i = 0; i < journal->steps->len; i++) {
    VgStep *step = journal->steps->pdata[i];

    if (step->kind == VG_STEP_BACKING_STORE
        && g_str_equal (step->object, disk->target))
      g_clear_pointer (&step->xml, g_free);
  }
}

/* The disks */

static gboolean
prepare_disks (const VgJob *job, VgGuestPlan *plan, GError **error)
{
  for (guint i = 0; i < plan->disks->len; i++) {
    VgGuestDisk *disk = plan->disks->pdata[i];

    if (disk->kind->prepare != NULL && !disk->kind->prepare (job, disk, error))
      return FALSE;
  }
  return TRUE;
}

/* Each has its own step right before, for nothing undoes it. */
static gboolean
overwrite_disks (const VgJob *job, VgGuestPlan *plan, GError **error)
{
  for (guint i = 0; i < plan->disks->len; i++) {
    VgGuestDisk *disk = plan->disks->pdata[i];

    if (!disk->kind->in_place)
      continue;
    disk->kind->note (job, disk);
    forget_chain (job->journal, disk);
    if (!vg_journal_write (job->journal, error)
        || !disk->kind->exchange (job, disk, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
swap_disks (const VgJob *job, VgGuestPlan *plan, GError **error)
{
  for (guint i = 0; i < plan->disks->len; i++) {
    const VgGuestDisk *disk = plan->disks->pdata[i];

    if (!disk->kind->in_place)
      disk->kind->note (job, disk);
  }
  if (!vg_journal_write (job->journal, error))
    return FALSE;
  for (guint i = 0; i < plan->disks->len; i++) {
    VgGuestDisk *disk = plan->disks->pdata[i];

    if (!disk->kind->in_place && !disk->kind->exchange (job, disk, error))
      return FALSE;
  }
  return TRUE;
}

/* A job that dies in between is kept by recover, as all disks are exchanged. */
static gboolean
keep_disks (const VgJob *job, const VgGuestPlan *plan, GPtrArray *flattenings,
            GError **error)
{
  for (guint i = 0; i < plan->disks->len; i++) {
    const VgGuestDisk *disk = plan->disks->pdata[i];
    const VgJobImage *image = job->journal->images->pdata[i];

    if (disk->kind->note_rest != NULL
        && !disk->kind->note_rest (job, disk, image, flattenings, error))
      return FALSE;
  }
  if (vg_journal_keep_images (job->journal, error))
    return TRUE;
  vg_flatten_drop (flattenings);
  return FALSE;
}

gboolean
vg_exchange_disks (const VgJob *job, VgGuestPlan *plan, GPtrArray *flattenings,
                   GError **error)
{
  return check_again (job, plan, error) && prepare_disks (job, plan, error)
         && unchain_disks (job, plan, error)
         && overwrite_disks (job, plan, error) && swap_disks (job, plan, error)
         && check_off (job->peers.guest, error)
         && keep_disks (job, plan, flattenings, error);
}
