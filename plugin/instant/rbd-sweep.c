/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sweeps late snapshots of RBD images. */
#include "instant/rbd-sweep.h"

#include "journal/ceph-object.h"

/* All jobs of this host. NULL if one can't be read: the snapshot might be its.
 */
static GPtrArray *
read_jobs (const VgConfig *config)
{
  g_autoptr (GPtrArray) unread = NULL;
  g_autoptr (GPtrArray) journals =
      vg_journal_list (config->state_path, &unread);

  return unread->len == 0 ? g_steal_pointer (&journals) : NULL;
}

static void
sweep_one (const VgInstantContext *context, const VgRbd *rbd,
           VgCluster *cluster, const char *image, const char *snapshot)
{
  g_autoptr (GError) why = NULL;

  if (rbd->snap_remove (cluster, image, snapshot, &why))
    vg_report_warning (context->report,
                       "snapshot %s of RBD image %s appeared after its job was "
                       "rolled back; it is removed",
                       snapshot, image);
  else
    vg_report_warning (context->report,
                       "a snapshot that appeared after its job was rolled back "
                       "stays: %s",
                       why->message);
}

void
vg_rbd_sweep (const VgInstantContext *context, const VgRbd *rbd,
              VgCluster *cluster, const char *image)
{
  g_autofree char *ours = vg_ceph_object_get_snapshot_name ("");
  g_auto (GStrv) names = rbd->snap_list (cluster, image, NULL);
  g_autoptr (GPtrArray) journals = NULL;

  for (char **name = names; name != NULL && *name != NULL; name++) {
    g_autofree char *object =
        vg_ceph_object_format (cluster->fsid, image, *name);

    if (!g_str_has_prefix (*name, ours))
      continue;
    if (journals == NULL)
      journals = read_jobs (context->config);
    if (journals == NULL)
      return;
    if (vg_journal_all_undone (journals, VG_STEP_RBD_SNAPSHOT, object))
      sweep_one (context, rbd, cluster, image, *name);
  }
}
