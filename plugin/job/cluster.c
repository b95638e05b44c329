/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a cluster is reached. One table names every member once. */
#include "job/cluster.h"

#include "disk/rbd/cluster.h"

static const struct {
  const char *name;
  gsize offset;
} members[] = {
  { "fsid", G_STRUCT_OFFSET (VgJobCluster, fsid) },
  { "monitors", G_STRUCT_OFFSET (VgJobCluster, monitors) },
  { "conf", G_STRUCT_OFFSET (VgJobCluster, conf) },
  { "user", G_STRUCT_OFFSET (VgJobCluster, user) },
  { "secret_uuid", G_STRUCT_OFFSET (VgJobCluster, secret_uuid) },
  { "secret_usage", G_STRUCT_OFFSET (VgJobCluster, secret_usage) },
};

static char **
get_member (const VgJobCluster *cluster, guint i)
{
  return (char **) G_STRUCT_MEMBER_P (cluster, members[i].offset);
}

VgJobCluster *
vg_job_cluster_new (const VgSource *source)
{
  VgJobCluster *cluster = g_new0 (VgJobCluster, 1);

  cluster->monitors = vg_cluster_monitors (source);
  cluster->conf = g_strdup (source->config_file);
  cluster->user = g_strdup (source->auth_user);
  cluster->secret_uuid = g_strdup (source->secret_uuid);
  cluster->secret_usage = g_strdup (source->secret_usage);
  return cluster;
}

VgJobCluster *
vg_job_cluster_copy (const VgJobCluster *cluster)
{
  VgJobCluster *copy = g_new0 (VgJobCluster, 1);

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    *get_member (copy, i) = g_strdup (*get_member (cluster, i));
  return copy;
}

void
vg_job_cluster_free (VgJobCluster *cluster)
{
  if (cluster == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    g_free (*get_member (cluster, i));
  g_free (cluster);
}

gboolean
vg_job_cluster_equal (const VgJobCluster *a, const VgJobCluster *b)
{
  for (guint i = 1; i < G_N_ELEMENTS (members); i++)
    if (g_strcmp0 (*get_member (a, i), *get_member (b, i)) != 0)
      return FALSE;
  return TRUE;
}

VgJson *
vg_job_clusters_to_json (GPtrArray *list)
{
  VgJson *array = json_object_new_array ();

  for (guint n = 0; n < list->len; n++) {
    VgJson *entry = json_object_new_object ();

    for (guint i = 0; i < G_N_ELEMENTS (members); i++)
      vg_json_set_string (entry, members[i].name,
                          *get_member (list->pdata[n], i));
    json_object_array_add (array, entry);
  }
  return array;
}

void
vg_job_clusters_read (GPtrArray *list, VgJson *array)
{
  gsize n = array != NULL ? json_object_array_length (array) : 0;

  for (gsize at = 0; at < n; at++) {
    VgJson *entry = json_object_array_get_idx (array, at);
    g_autoptr (VgJobCluster) cluster = g_new0 (VgJobCluster, 1);

    for (guint i = 0; i < G_N_ELEMENTS (members); i++)
      *get_member (cluster, i) =
          g_strdup (vg_json_get_string (entry, members[i].name));
    if (cluster->fsid != NULL)
      g_ptr_array_add (list, g_steal_pointer (&cluster));
  }
}
