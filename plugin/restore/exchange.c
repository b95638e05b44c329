/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each exchange is a step, and all of these are in the journal before the first
 * one. What recover does with a job that died in between: job/undo-files.h. */
#include "restore/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/disk.h"
#include "disk/overwrite.h"
#include "disk/swap.h"
#include "restore/permit.h"
#include "util/directory.h"

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
  gboolean is_block;

  if (disk == NULL || !vg_restore_permit_disk (domain, disk, error))
    return FALSE;
  path = vg_guest_plan_find_file (domain, disk, job->peers.guest, &is_block,
                                  job->cancellable, error);
  if (path == NULL)
    return FALSE;
  if (!g_str_equal (path, plan->path) || is_block != plan->is_block
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

/* Block devices */

static gboolean
has_block (const VgGuestPlan *plan)
{
  for (guint i = 0; i < plan->disks->len; i++)
    if (((const VgGuestDisk *) plan->disks->pdata[i])->is_block)
      return TRUE;
  return FALSE;
}

gboolean
vg_exchange_prepare (const VgJob *job, const VgGuestPlan *plan, GError **error)
{
  g_autofree char *folder =
      vg_directory_scratch (job->config, job->journal->id);

  if (!has_block (plan))
    return TRUE;
  vg_journal_add_step (job->journal, VG_STEP_FOLDER, folder);
  return vg_journal_write (job->journal, error)
         && (vg_directory_make (folder, NULL, error)
             || vg_directory_blame (VG_DIRECTORY_SCRATCH_OPTION, error));
}

char *
vg_exchange_get_place (const VgJob *job, const VgGuestDisk *disk)
{
  g_autofree char *folder = NULL;

  if (!disk->is_block)
    return g_strdup (disk->path);
  folder = vg_directory_scratch (job->config, job->journal->id);
  return g_build_filename (folder, disk->target, NULL);
}

/* A device and the file that is copied to it, both open, or -1. */
typedef struct {
  int from, to;
  guint64 size; /* of the device, bytes */
} Device;

static void
close_device (gpointer data)
{
  Device *device = data;

  if (device->from >= 0)
    close (device->from);
  if (device->to >= 0)
    close (device->to);
}

static gboolean
open_device (const VgJob *job, const VgGuestDisk *disk, Device *device,
             GError **error)
{
  g_autofree char *place = vg_exchange_get_place (job, disk);
  g_autofree char *path = vg_swap_get_new (place, job->journal->id);
  struct stat file;

  device->to = vg_overwrite_open (disk->path, &device->size, error);
  if (device->to < 0)
    return FALSE;
  device->from = open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (device->from < 0 || fstat (device->from, &file) != 0) {
    g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (errno),
                 "%s can't be read: %s", path, g_strerror (errno));
    return FALSE;
  }
  if ((guint64) file.st_size <= device->size)
    return TRUE;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_FULL,
               "disk %s of domain %s can't be restored: its image needs "
               "%" G_GUINT64_FORMAT " bytes, and %s has %" G_GUINT64_FORMAT
               "; enlarge it first",
               disk->target, job->journal->domain, (guint64) file.st_size,
               disk->path, device->size);
  return FALSE;
}

static gboolean
overwrite_device (const VgJob *job, const VgGuestDisk *disk,
                  const Device *device, GError **error)
{
  vg_report_phase (job->report, "Overwriting %s", disk->path);
  vg_journal_add_step (job->journal, VG_STEP_OVERWRITE, disk->path);
  return vg_journal_write (job->journal, error)
         && vg_overwrite (device->from, device->to, device->size, disk->path,
                          job->report->progress, job->report->data, error);
}

/* All of them fit, and can be written to, before the first is. */
static gboolean
overwrite_devices (const VgJob *job, const VgGuestPlan *plan, GError **error)
{
  g_autoptr (GArray) devices = g_array_new (FALSE, FALSE, sizeof (Device));

  g_array_set_clear_func (devices, close_device);
  for (guint i = 0; i < plan->disks->len; i++) {
    const VgGuestDisk *disk = plan->disks->pdata[i];
    Device device = { -1, -1, 0 };

    g_array_append_val (devices, device);
    if (disk->is_block
        && !open_device (job, disk, &g_array_index (devices, Device, i), error))
      return FALSE;
  }
  for (guint i = 0; i < plan->disks->len; i++)
    if (((VgGuestDisk *) plan->disks->pdata[i])->is_block
        && !overwrite_device (job, plan->disks->pdata[i],
                              &g_array_index (devices, Device, i), error))
      return FALSE;
  return TRUE;
}

/* Files */

static gboolean
swap_files (const VgJob *job, VgGuestPlan *plan, GError **error)
{
  for (guint i = 0; i < plan->disks->len; i++) {
    const VgGuestDisk *disk = plan->disks->pdata[i];

    if (!disk->is_block)
      vg_journal_add_step (job->journal, VG_STEP_SWAP, disk->path);
  }
  if (!vg_journal_write (job->journal, error))
    return FALSE;
  for (guint i = 0; i < plan->disks->len; i++) {
    VgGuestDisk *disk = plan->disks->pdata[i];

    if (disk->is_block)
      continue;
    if (!vg_swap_do (disk->path, job->journal->id, error))
      return FALSE;
    disk->old = vg_swap_get_old (disk->path, job->journal->id);
  }
  return TRUE;
}

gboolean
vg_exchange_disks (const VgJob *job, VgGuestPlan *plan, GError **error)
{
  return check_again (job, plan, error) && overwrite_devices (job, plan, error)
         && swap_files (job, plan, error) && check_off (job->peers.guest, error)
         && vg_journal_keep_images (job->journal, error);
}
