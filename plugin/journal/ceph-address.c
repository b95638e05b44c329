/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How to connect to a cluster. One table lists all members. */
#include "journal/ceph-address.h"

static const struct {
  const char *name;
  gsize offset;
} members[] = {
  { "fsid", G_STRUCT_OFFSET (VgCephAddress, fsid) },
  { "monitors", G_STRUCT_OFFSET (VgCephAddress, monitors) },
  { "conf", G_STRUCT_OFFSET (VgCephAddress, conf) },
  { "user", G_STRUCT_OFFSET (VgCephAddress, user) },
  { "secret_uuid", G_STRUCT_OFFSET (VgCephAddress, secret_uuid) },
  { "secret_usage", G_STRUCT_OFFSET (VgCephAddress, secret_usage) },
};

static char **
get_member (const VgCephAddress *cluster, guint i)
{
  return (char **) G_STRUCT_MEMBER_P (cluster, members[i].offset);
}

VgCephAddress *
vg_ceph_address_new (const VgSource *source)
{
  VgCephAddress *cluster = g_new0 (VgCephAddress, 1);

  cluster->monitors = vg_source_get_monitors (source);
  cluster->conf = g_strdup (source->config_file);
  cluster->user = g_strdup (source->auth_user);
  cluster->secret_uuid = g_strdup (source->secret_uuid);
  cluster->secret_usage = g_strdup (source->secret_usage);
  return cluster;
}

VgCephAddress *
vg_ceph_address_copy (const VgCephAddress *cluster)
{
  VgCephAddress *copy = g_new0 (VgCephAddress, 1);

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    *get_member (copy, i) = g_strdup (*get_member (cluster, i));
  return copy;
}

void
vg_ceph_address_free (VgCephAddress *cluster)
{
  if (cluster == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    g_free (*get_member (cluster, i));
  g_free (cluster);
}

gboolean
vg_ceph_address_equal (const VgCephAddress *a, const VgCephAddress *b)
{
  for (guint i = 1; i < G_N_ELEMENTS (members); i++)
    if (g_strcmp0 (*get_member (a, i), *get_member (b, i)) != 0)
      return FALSE;
  return TRUE;
}

VgJson *
vg_ceph_addresses_to_json (GPtrArray *list)
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
vg_ceph_addresses_read (GPtrArray *list, VgJson *array)
{
  gsize n = array != NULL ? json_object_array_length (array) : 0;

  for (gsize at = 0; at < n; at++) {
    VgJson *entry = json_object_array_get_idx (array, at);
    g_autoptr (VgCephAddress) cluster = g_new0 (VgCephAddress, 1);

    for (guint i = 0; i < G_N_ELEMENTS (members); i++)
      *get_member (cluster, i) =
          g_strdup (vg_json_get_string (entry, members[i].name));
    if (cluster->fsid != NULL)
      g_ptr_array_add (list, g_steal_pointer (&cluster));
  }
}
