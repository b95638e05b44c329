/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Snapshots of the guest's RBD images. */
#include "instant/rbd-snapshot.h"

#include "instant/rbd-sweep.h"
#include "journal/ceph-object.h"

VgCluster *
vg_rbd_snapshot_connect (VgCeph *ceph, const VgPlanSource *source,
                         GError **error)
{
  g_autoptr (VgCephAddress) address =
      vg_ceph_address_new (source->disk->source);

  return vg_ceph_connect (ceph, address, error);
}

static gboolean
add_snapshot_step (const VgInstantContext *context, const VgPlanSource *source,
                   GError **error)
{
  g_autoptr (VgCephAddress) address =
      vg_ceph_address_new (source->disk->source);
  g_autofree char *name =
      vg_ceph_object_get_snapshot_name (context->journal->id);
  const VgRbd *rbd = vg_rbd_load (error);
  VgCluster *cluster =
      rbd ? vg_ceph_connect (context->ceph, address, error) : NULL;
  g_autofree char *object = NULL;

  if (cluster == NULL)
    return FALSE;
  vg_rbd_sweep (context, rbd, cluster, source->disk->source->name);
  vg_journal_add_cluster (context->journal, address);
  object =
      vg_ceph_object_format (address->fsid, source->disk->source->name, name);
  vg_journal_add_step (context->journal, VG_STEP_RBD_SNAPSHOT, object);
  return TRUE;
}

gboolean
vg_rbd_snapshot_prepare (const VgInstantContext *context, GError **error)
{
  const GPtrArray *list = context->sources->list;
  guint n = 0;

  for (guint i = 0; i < list->len; i++) {
    const VgPlanSource *source = list->pdata[i];

    if (!vg_transport_needs_rbd_snapshot (source->way))
      continue;
    if (!add_snapshot_step (context, source, error))
      return FALSE;
    n++;
  }
  return n == 0 || vg_journal_write (context->journal, error);
}

/* The number of the last step for that snapshot; prepare has added it. */
static guint
find_step (const VgJournal *journal, const char *object)
{
  guint number = journal->steps->len;

  while (number-- > 0) {
    const VgStep *step = journal->steps->pdata[number];

    if (step->kind == VG_STEP_RBD_SNAPSHOT
        && g_str_equal (step->object, object))
      break;
  }
  return number;
}

/* If a running guest has the image open, its QEMU makes the snapshot: that it
 * didn't answer in time does not mean that it won't make it. */
static gboolean
create_snapshot (const VgInstantContext *context, const VgRbd *rbd,
                 VgCluster *cluster, const char *image, GError **error)
{
  VgJournal *journal = context->journal;
  g_autofree char *name = vg_ceph_object_get_snapshot_name (journal->id);
  g_autofree char *object = vg_ceph_object_format (cluster->fsid, image, name);
  guint step = find_step (journal, object);
  g_autoptr (GError) why = NULL;
  gboolean created;

  if (!vg_journal_ask (journal, step, error))
    return FALSE;
  created = rbd->snap_create (cluster, image, name, &why);
  if (!g_error_matches (why, VG_DISK_ERROR, VG_DISK_ERROR_UNREACHABLE))
    vg_journal_set_answered (journal, step);
  if (why != NULL)
    g_propagate_error (error, g_steal_pointer (&why));
  return created;
}

static gboolean
take_snapshot (const VgInstantContext *context, const VgPlanSource *source,
               GError **error)
{
  const VgRbd *rbd = vg_rbd_load (error);
  VgCluster *cluster =
      rbd ? vg_rbd_snapshot_connect (context->ceph, source, error) : NULL;

  if (cluster != NULL
      && create_snapshot (context, rbd, cluster, source->disk->source->name,
                          error))
    return TRUE;
  g_prefix_error (error, "disk %s of domain %s: ", source->disk->target,
                  context->sources->domain->name);
  return FALSE;
}

gboolean
vg_rbd_snapshot_take (const VgInstantContext *context, GError **error)
{
  const GPtrArray *list = context->sources->list;

  for (guint i = 0; i < list->len; i++) {
    const VgPlanSource *source = list->pdata[i];

    if (vg_transport_needs_rbd_snapshot (source->way)
        && !take_snapshot (context, source, error))
      return FALSE;
  }
  return TRUE;
}

VgDisk *
vg_rbd_snapshot_open (const VgInstantContext *context,
                      const VgPlanSource *source, GError **error)
{
  g_autofree char *name =
      vg_ceph_object_get_snapshot_name (context->journal->id);
  const VgRbd *rbd = vg_rbd_load (error);
  VgCluster *cluster =
      rbd ? vg_rbd_snapshot_connect (context->ceph, source, error) : NULL;

  return cluster != NULL
             ? rbd->disk_open (cluster, source->disk->source->name, name, error)
             : NULL;
}
