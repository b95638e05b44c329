/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source: of the disk, which says how its cluster is connected to. */
#include "restore/old-rbd.h"

#include <string.h>

#include "disk/disk.h"
#include "journal/ceph-object.h"

#define PREFIX "rbd:"
#define ID_LENGTH 8 /* of a job */

static VgCluster *
connect_to (const VgSource *source, VgCeph *ceph, const VgRbd **rbd,
            GError **error)
{
  g_autoptr (VgCephAddress) address = vg_ceph_address_new (source);

  *rbd = vg_rbd_load (error);
  return *rbd != NULL ? vg_ceph_connect (ceph, address, error) : NULL;
}

/* Whether a job's id follows the common prefix. */
static gboolean
is_old (const char *name, gsize beginning)
{
  const char *id = name + beginning;

  return strlen (id) == ID_LENGTH
         && strspn (id, "0123456789abcdef") == ID_LENGTH;
}

char **
vg_old_rbd_find (const VgSource *source, VgCeph *ceph, GError **error)
{
  g_autofree char *beginning =
      g_strconcat (source->name, VG_CEPH_OBJECT_OLD, NULL);
  g_autoptr (GStrvBuilder) found = g_strv_builder_new ();
  g_auto (GStrv) names = NULL;
  const VgRbd *rbd;
  VgCluster *cluster = connect_to (source, ceph, &rbd, error);

  names =
      cluster != NULL ? rbd->list_beginning (cluster, beginning, error) : NULL;
  if (names == NULL)
    return NULL;
  for (char **name = names; *name != NULL; name++)
    if (is_old (*name, strlen (beginning))) {
      g_autofree char *path = g_strconcat (PREFIX, *name, NULL);

      g_strv_builder_add (found, path);
    }
  return g_strv_builder_end (found);
}

gboolean
vg_old_rbd_check (const VgSource *source, const char *path, VgCeph *ceph,
                  const char **why, GError **error)
{
  const char *image = path + strlen (PREFIX);
  g_autoptr (GError) in_use = NULL;
  gboolean has;
  const VgRbd *rbd;
  VgCluster *cluster = connect_to (source, ceph, &rbd, error);

  *why = NULL;
  if (cluster == NULL || !rbd->has_children (cluster, image, &has, error))
    return FALSE;
  if (has) {
    *why = "clones depend on it";
    return TRUE;
  }
  if (rbd->check_unused (cluster, image, &in_use))
    return TRUE;
  if (g_error_matches (in_use, VG_DISK_ERROR, VG_DISK_ERROR_BUSY)) {
    *why = "a client has it open for writing";
    return TRUE;
  }
  g_propagate_error (error, g_steal_pointer (&in_use));
  return FALSE;
}

gboolean
vg_old_rbd_remove (const VgSource *source, const char *path, VgCeph *ceph,
                   GError **error)
{
  const VgRbd *rbd;
  VgCluster *cluster = connect_to (source, ceph, &rbd, error);

  return cluster != NULL
         && rbd->remove (cluster, path + strlen (PREFIX), error);
}
