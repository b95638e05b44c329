/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Snapshots of the guest's RBD images. */
#include "instant/rbd-snapshot.h"

#include "journal/ceph-object.h"

VgCluster *
vg_rbd_snapshot_connect (VgCeph *ceph, const VgPlanDisk *disk, GError **error)
{
  g_autoptr (VgCephAddress) address = vg_ceph_address_new (disk->disk->source);

  return vg_ceph_connect (ceph, address, error);
}

static gboolean
add_step (const VgInstantContext *context, const VgPlanDisk *disk,
          GError **error)
{
  g_autoptr (VgCephAddress) address = vg_ceph_address_new (disk->disk->source);
  g_autofree char *name =
      vg_ceph_object_get_snapshot_name (context->journal->id);
  g_autofree char *object = NULL;

  if (vg_ceph_connect (context->ceph, address, error) == NULL)
    return FALSE;
  vg_journal_add_cluster (context->journal, address);
  object =
      vg_ceph_object_format (address->fsid, disk->disk->source->name, name);
  vg_journal_add_step (context->journal, VG_STEP_RBD_SNAPSHOT, object);
  return TRUE;
}

gboolean
vg_rbd_snapshot_prepare (const VgInstantContext *context, GError **error)
{
  const GPtrArray *disks = context->plan->disks;
  guint n = 0;

  for (guint i = 0; i < disks->len; i++) {
    const VgPlanDisk *disk = disks->pdata[i];

    if (disk->way == VG_TRANSPORT_READ)
      continue;
    if (!add_step (context, disk, error))
      return FALSE;
    n++;
  }
  return n == 0 || vg_journal_write (context->journal, error);
}

static gboolean
take (const VgInstantContext *context, const VgPlanDisk *disk, GError **error)
{
  g_autofree char *name =
      vg_ceph_object_get_snapshot_name (context->journal->id);
  const VgRbd *rbd = vg_rbd_load (error);
  VgCluster *cluster =
      rbd ? vg_rbd_snapshot_connect (context->ceph, disk, error) : NULL;

  if (cluster != NULL
      && rbd->snap_create (cluster, disk->disk->source->name, name, error))
    return TRUE;
  g_prefix_error (error, "disk %s of domain %s: ", disk->disk->target,
                  context->plan->domain->name);
  return FALSE;
}

gboolean
vg_rbd_snapshot_take (const VgInstantContext *context, GError **error)
{
  const GPtrArray *disks = context->plan->disks;

  for (guint i = 0; i < disks->len; i++) {
    const VgPlanDisk *disk = disks->pdata[i];

    if (disk->way != VG_TRANSPORT_READ && !take (context, disk, error))
      return FALSE;
  }
  return TRUE;
}

VgDisk *
vg_rbd_snapshot_open (const VgInstantContext *context, const VgPlanDisk *disk,
                      GError **error)
{
  g_autofree char *name =
      vg_ceph_object_get_snapshot_name (context->journal->id);
  const VgRbd *rbd = vg_rbd_load (error);
  VgCluster *cluster =
      rbd ? vg_rbd_snapshot_connect (context->ceph, disk, error) : NULL;

  return cluster != NULL
             ? rbd->disk_open (cluster, disk->disk->source->name, name, error)
             : NULL;
}
