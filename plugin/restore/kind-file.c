/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The new file gets owner and permissions of the old one. */
#include "restore/kind-file.h"

#include <string.h>
#include <sys/stat.h>

#include "disk/disk.h"
#include "disk/look.h"
#include "disk/swap.h"
#include "restore/new-disk.h"
#include "restore/permit.h"

/* Of qcow2's header: magic, and the virtual size, big-endian. */
#define QCOW2_MAGIC "QFI\xfb"
#define QCOW2_SIZE 24

guint64
vg_disk_kind_measure (const VgGuestDisk *disk, guint64 size,
                      GCancellable *cancellable)
{
  VgDiskHeader header;
  guint64 capacity;

  if (g_str_equal (disk->format, "raw"))
    return size;
  if (!vg_disk_read_header (disk->path, &header, cancellable, NULL)
      || header.length < QCOW2_SIZE + sizeof capacity
      || memcmp (header.bytes, QCOW2_MAGIC, 4) != 0)
    return 0;
  memcpy (&capacity, header.bytes + QCOW2_SIZE, sizeof capacity);
  return GUINT64_FROM_BE (capacity);
}

gboolean
vg_disk_kind_check_unused (const VgGuestDisk *disk, const VgGuestLook *look,
                           GError **error)
{
  return vg_disk_check_no_writer (
      disk->path,
      "replaced: another guest, or another program of QEMU, has it open for "
      "writing; end that first",
      look->cancellable, error);
}

static gboolean
plan_file (VgGuestDisk *disk, const VgGuestLook *look, const VgDomainDisk *now,
           GError **error)
{
  struct stat file;

  if (!vg_new_file_get_space (disk->path, &disk->space, error))
    return FALSE;
  if (stat (disk->path, &file) != 0)
    return vg_restore_throw_disk (error, look->domain, now, "%s can't be found",
                                  disk->path);
  disk->uid = file.st_uid;
  disk->gid = file.st_gid;
  disk->mode = file.st_mode & 07777;
  disk->was =
      vg_disk_kind_measure (disk, (guint64) file.st_size, look->cancellable);
  return TRUE;
}

static gboolean
make_file (const VgJob *job, VgGuestDisk *disk, GError **error)
{
  const VgNewDisk file = { .image = disk->image,
                           .target = disk->target,
                           .path = disk->path,
                           .format = disk->format,
                           .uid = (gint64) disk->uid,
                           .gid = (gint64) disk->gid,
                           .mode = disk->mode };

  return vg_new_disk_write (job, &file, &disk->capacity, error);
}

static void
note_file (const VgJob *job, const VgGuestDisk *disk)
{
  vg_journal_add_step (job->journal, VG_STEP_SWAP, disk->path);
}

static gboolean
exchange_file (const VgJob *job, VgGuestDisk *disk, GError **error)
{
  if (!vg_swap_do (disk->path, job->journal->id, error))
    return FALSE;
  disk->old = vg_swap_get_old (disk->path, job->journal->id);
  return TRUE;
}

const VgDiskKind vg_disk_kind_file = {
  .plan = plan_file,
  .check_unused = vg_disk_kind_check_unused,
  .make = make_file,
  .note = note_file,
  .exchange = exchange_file,
};
