/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All devices are open, and fit, before the first is overwritten. */
#include "restore/kind-device.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/disk.h"
#include "disk/overwrite.h"
#include "disk/swap.h"
#include "restore/kind-file.h"
#include "restore/new-disk.h"
#include "restore/permit.h"
#include "util/directory.h"

/* There is no copy of the old content. */
static gboolean
plan_device (VgGuestDisk *disk, const VgGuestLook *look,
             const VgDomainDisk *now, GError **error)
{
  int fd;

  if (!look->overwrite)
    return vg_restore_throw_disk (
        error, look->domain, now,
        "it is the block device %s, which is overwritten in place: its present "
        "content is lost; say --overwrite if that is meant, or choose other "
        "disks with --disk",
        disk->path);
  fd = vg_overwrite_open (disk->path, &disk->device_size, error);
  if (fd < 0)
    return FALSE;
  close (fd);
  disk->was = vg_disk_kind_measure (disk, disk->device_size, look->cancellable);
  if (disk->capacity > disk->device_size && g_str_equal (disk->format, "raw"))
    return vg_restore_throw_disk (
        error, look->domain, now,
        "its image has %" G_GUINT64_FORMAT
        " bytes, and %s has %" G_GUINT64_FORMAT "; enlarge it first",
        disk->capacity, disk->path, disk->device_size);
  /* It is there once the job makes its directory in it. */
  if (!vg_new_file_get_space (look->config->snapshots_directory, &disk->space,
                              NULL))
    disk->space = 0;
  return TRUE;
}

/* The path that the new content's file is made beside (VgNewDisk). */
static char *
get_place (const VgJob *job, const VgGuestDisk *disk)
{
  g_autofree char *folder =
      vg_directory_scratch (job->config, job->journal->id);

  return g_build_filename (folder, disk->target, NULL);
}

static gboolean
make_content (const VgJob *job, VgGuestDisk *disk, GError **error)
{
  g_autofree char *place = get_place (job, disk);
  const VgNewDisk file = { .image = disk->image,
                           .target = disk->target,
                           .path = place,
                           .format = disk->format,
                           .uid = -1,
                           .gid = -1,
                           .mode = 0600 };

  return vg_new_disk_make_scratch (job, error)
         && vg_new_disk_write (job, &file, &disk->capacity, error);
}

static gboolean
open_device (const VgJob *job, VgGuestDisk *disk, GError **error)
{
  g_autofree char *place = get_place (job, disk);
  g_autofree char *path = vg_swap_get_new (place, job->journal->id);
  struct stat file;

  disk->to = vg_overwrite_open (disk->path, &disk->device_size, error);
  if (disk->to < 0)
    return FALSE;
  disk->from = open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (disk->from < 0 || fstat (disk->from, &file) != 0) {
    g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (errno),
                 "%s can't be read: %s", path, g_strerror (errno));
    return FALSE;
  }
  if ((guint64) file.st_size <= disk->device_size)
    return TRUE;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_FULL,
               "disk %s of domain %s can't be restored: its image needs "
               "%" G_GUINT64_FORMAT " bytes, and %s has %" G_GUINT64_FORMAT
               "; enlarge it first",
               disk->target, job->journal->domain, (guint64) file.st_size,
               disk->path, disk->device_size);
  return FALSE;
}

static void
note_device (const VgJob *job, const VgGuestDisk *disk)
{
  vg_journal_add_step (job->journal, VG_STEP_OVERWRITE, disk->path);
}

static gboolean
overwrite_device (const VgJob *job, VgGuestDisk *disk, GError **error)
{
  vg_report_phase (job->report, "Overwriting %s", disk->path);
  return vg_overwrite (disk->from, disk->to, disk->device_size, disk->path,
                       job->report->progress, job->report->data, error);
}

const VgDiskKind vg_disk_kind_device = {
  .in_place = TRUE,
  .plan = plan_device,
  .check_unused = vg_disk_kind_check_unused,
  .make = make_content,
  .prepare = open_device,
  .note = note_device,
  .exchange = overwrite_device,
};
