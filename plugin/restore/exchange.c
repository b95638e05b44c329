/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each exchange is a step, and all of these are in the journal before the first
 * one. What recover does with a job that died in between: job/undo-files.h. */
#include "restore/exchange.h"

#include "disk/swap.h"
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
check_disk (const VgJob *job, const VgDomain *domain, const VgGuestDisk *plan,
            GError **error)
{
  VgDomainDisk *disk = vg_domain_find_disk (domain, plan->target, error);
  g_autofree char *path = NULL;

  if (disk == NULL || !vg_restore_permit_disk (domain, disk, error))
    return FALSE;
  path = vg_guest_plan_find_file (domain, disk, job->peers.guest,
                                  job->cancellable, error);
  if (path == NULL)
    return FALSE;
  if (!g_str_equal (path, plan->path)
      || (disk->source->format != NULL
          && !g_str_equal (disk->source->format, plan->format)))
    return vg_restore_throw_disk (error, domain, disk,
                                  "its definition was changed meanwhile; try "
                                  "again");
  return vg_guest_plan_check_unused (path, job->cancellable, error);
}

static gboolean
check_again (const VgJob *job, const VgGuestPlan *plan, GError **error)
{
  g_autoptr (VgDomain) domain = NULL;

  if (!check_off (job->peers.guest, error))
    return FALSE;
  domain = vg_guest_read (job->peers.guest, error);
  if (domain == NULL
      || !vg_restore_permit_guest (job->peers.guest, domain, error))
    return FALSE;
  for (guint i = 0; i < plan->disks->len; i++)
    if (!check_disk (job, domain, plan->disks->pdata[i], error))
      return FALSE;
  return !g_cancellable_set_error_if_cancelled (job->cancellable, error);
}

/* The new files have their names: nothing is left to be removed. */
static void
drop_new_files (VgJournal *journal)
{
  for (guint i = 0; i < journal->steps->len; i++)
    if (((VgStep *) journal->steps->pdata[i])->kind == VG_STEP_NEW_FILE)
      vg_journal_set_undone (journal, i);
}

gboolean
vg_exchange_disks (const VgJob *job, VgGuestPlan *plan, GError **error)
{
  if (!check_again (job, plan, error))
    return FALSE;
  for (guint i = 0; i < plan->disks->len; i++)
    vg_journal_add_step (job->journal, VG_STEP_SWAP,
                         ((VgGuestDisk *) plan->disks->pdata[i])->path);
  if (!vg_journal_write (job->journal, error))
    return FALSE;
  for (guint i = 0; i < plan->disks->len; i++) {
    VgGuestDisk *disk = plan->disks->pdata[i];

    if (!vg_swap_do (disk->path, job->journal->id, error))
      return FALSE;
    disk->old = vg_swap_get_old (disk->path, job->journal->id);
  }
  if (!check_off (job->peers.guest, error))
    return FALSE;
  drop_new_files (job->journal);
  return vg_journal_keep_images (job->journal, error);
}
