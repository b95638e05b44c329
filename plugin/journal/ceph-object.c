/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of RBD images and snapshots. */
#include "journal/ceph-object.h"

#include <string.h>

void
vg_ceph_object_clear (VgCephObject *object)
{
  g_clear_pointer (&object->fsid, g_free);
  g_clear_pointer (&object->image, g_free);
  g_clear_pointer (&object->snapshot, g_free);
}

char *
vg_ceph_object_format (const char *fsid, const char *image,
                       const char *snapshot)
{
  return g_strconcat (fsid, "/", image, snapshot != NULL ? "@" : NULL, snapshot,
                      NULL);
}

/* "POOL/IMAGE" or "POOL/NAMESPACE/IMAGE". */
static gboolean
is_image (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);
  guint n = g_strv_length (parts);

  for (guint i = 0; i < n; i++)
    if (*parts[i] == '\0')
      return FALSE;
  return n == 2 || n == 3;
}

gboolean
vg_ceph_object_parse (const char *text, VgCephObject *object)
{
  const char *slash = strchr (text, '/');
  const char *at = strrchr (text, '@');

  if (slash == NULL || slash == text || (at != NULL && at < slash))
    return FALSE;
  object->fsid = g_strndup (text, (gsize) (slash - text));
  object->image = at != NULL ? g_strndup (slash + 1, (gsize) (at - slash - 1))
                             : g_strdup (slash + 1);
  object->snapshot = at != NULL ? g_strdup (at + 1) : NULL;
  return is_image (object->image)
         && (object->snapshot == NULL || *object->snapshot != '\0');
}

char *
vg_ceph_object_get_snapshot_name (const char *job_id)
{
  return g_strconcat ("virt-glance-", job_id, NULL);
}

char *
vg_ceph_object_get_new (const char *image, const char *job_id)
{
  return g_strconcat (image, ".virt-glance-new-", job_id, NULL);
}

char *
vg_ceph_object_get_old (const char *image, const char *job_id)
{
  return g_strconcat (image, VG_CEPH_OBJECT_OLD, job_id, NULL);
}
