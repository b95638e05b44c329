/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of the images are chosen and journalled beforehand. */
#include "restore/kind-rbd.h"

#include <string.h>

#include "disk/disk.h"
#include "job/flatten.h"
#include "journal/ceph-object.h"
#include "restore/permit.h"
#include "restore/rbd-image.h"

#define PREFIX "rbd:"

char *
vg_disk_kind_get_rbd (const VgSource *source)
{
  return vg_source_is_rbd (source) && source->name != NULL
             ? g_strconcat (PREFIX, source->name, NULL)
             : NULL;
}

/* "POOL/IMAGE". */
static const char *
get_image (const VgGuestDisk *disk)
{
  return disk->path + strlen (PREFIX);
}

static VgCluster *
connect_to (const VgGuestDisk *disk, VgCeph *ceph, const VgRbd **rbd,
            GError **error)
{
  *rbd = vg_rbd_load (error);
  return *rbd != NULL ? vg_ceph_connect (ceph, disk->address, error) : NULL;
}

static gboolean
check_source (const VgGuestDisk *disk, const VgGuestLook *look,
              const VgDomainDisk *now, GError **error)
{
  if (now->source->snapshot != NULL || strchr (disk->path, '@') != NULL)
    return vg_restore_throw_disk (error, look->domain, now,
                                  "it is a snapshot of an RBD image");
  /* Cinder finds it, and its snapshots, by the name. */
  if (now->volume_id != NULL)
    return vg_restore_throw_disk (
        error, look->domain, now,
        "it is volume %s of Cinder, which would take the restored image for "
        "it, without its snapshots; 'openstack volume create --image %s' makes "
        "a volume of the image",
        now->volume_id, disk->image->id);
  if (!g_str_equal (disk->format, "raw"))
    return vg_restore_throw_disk (
        error, look->domain, now,
        "its format is '%s' inside an RBD image, and only raw is restored "
        "there; 'virt-glance restore %s --to FILE' gets the image",
        disk->format, disk->image->id);
  return TRUE;
}

static gboolean
plan_rbd (VgGuestDisk *disk, const VgGuestLook *look, const VgDomainDisk *now,
          GError **error)
{
  g_auto (VgRbdInfo) info = { 0 };
  const VgRbd *rbd;
  VgCluster *cluster;

  if (!check_source (disk, look, now, error))
    return FALSE;
  disk->address = vg_ceph_address_new (now->source);
  cluster = connect_to (disk, look->peers.ceph, &rbd, error);
  if (cluster == NULL
      || !rbd->read_info (cluster, get_image (disk), &info, error)) {
    g_prefix_error (error,
                    "disk %s of domain %s can't be restored: ", disk->target,
                    look->domain->name);
    return FALSE;
  }
  disk->was = info.size;
  if (disk->fetch.to != NULL
      && !vg_new_file_get_space (look->config->snapshots_directory,
                                 &disk->space, NULL))
    disk->space = 0;
  return vg_rbd_image_find_parent (look, disk, cluster->fsid, &disk->parent,
                                   error);
}

static gboolean
check_unused (const VgGuestDisk *disk, const VgGuestLook *look, GError **error)
{
  const VgRbd *rbd;
  VgCluster *cluster = connect_to (disk, look->peers.ceph, &rbd, error);

  return cluster != NULL
         && rbd->check_unused (cluster, get_image (disk), error);
}

static gboolean
make_rbd (const VgJob *job, VgGuestDisk *disk, GError **error)
{
  const VgRbd *rbd;
  VgCluster *cluster = connect_to (disk, job->peers.ceph, &rbd, error);
  g_autofree char *name =
      vg_ceph_object_get_new (get_image (disk), job->journal->id);
  g_autofree char *object = NULL;

  if (cluster == NULL)
    return FALSE;
  object = vg_ceph_object_format (cluster->fsid, name, NULL);
  vg_journal_add_cluster (job->journal, disk->address);
  vg_journal_add_step (job->journal, VG_STEP_RBD_NEW, object);
  if (!vg_journal_write (job->journal, error))
    return FALSE;
  if (vg_rbd_image_make (job, disk, cluster, name, error))
    return TRUE;
  if (!g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_prefix_error (error, "disk %s of domain %s: ", disk->target,
                    job->journal->domain);
  return FALSE;
}

static void
note_rbd (const VgJob *job, const VgGuestDisk *disk)
{
  g_autofree char *object =
      vg_ceph_object_format (disk->address->fsid, get_image (disk), NULL);

  vg_journal_add_step (job->journal, VG_STEP_RBD_SWAP, object);
}

static gboolean
exchange_rbd (const VgJob *job, VgGuestDisk *disk, GError **error)
{
  const VgRbd *rbd;
  VgCluster *cluster = connect_to (disk, job->peers.ceph, &rbd, error);
  g_autofree char *made =
      vg_ceph_object_get_new (get_image (disk), job->journal->id);
  g_autofree char *old =
      vg_ceph_object_get_old (get_image (disk), job->journal->id);
  const VgRbdSwap swap = { get_image (disk), made, old };

  if (cluster == NULL || !rbd->swap_do (cluster, &swap, error))
    return FALSE;
  disk->old = g_strconcat (PREFIX, old, NULL);
  return TRUE;
}

static gboolean
note_flattening (const VgJob *job, const VgGuestDisk *disk,
                 const VgJobImage *image, GPtrArray *flattenings,
                 GError **error)
{
  g_autofree char *object =
      vg_ceph_object_format (disk->address->fsid, get_image (disk), NULL);

  return !disk->flatten_after
         || vg_flatten_note_clone (job, image, object, flattenings, error);
}

const VgDiskKind vg_disk_kind_rbd = {
  .plan = plan_rbd,
  .check_unused = check_unused,
  .make = make_rbd,
  .note = note_rbd,
  .exchange = exchange_rbd,
  .note_rest = note_flattening,
};
