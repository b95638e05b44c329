/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rotation of backups. Glance is asked for those that count, and what it
 * answers is looked at once more: a Glance that doesn't know a filter lists all
 * images, and none is to be deleted for that. */
#include "job/rotate.h"

#include <string.h>

typedef struct {
  VgGlance *glance;
  const char *uuid;
  const char *backup_type;
  const VgReport *report;
  GPtrArray *deleted;
  guint failed;
} Rotation;

static gboolean
has (const VgImageRecord *record, const char *key, const char *value)
{
  return g_strcmp0 (vg_json_get_string (record->json, key), value) == 0;
}

static gboolean
counts (const Rotation *rotation, const VgImageRecord *record)
{
  const char *project = vg_glance_get_project_id (rotation->glance);

  return strcmp (record->status, "active") == 0
         && has (record, "image_type", "backup")
         && has (record, "backup_type", rotation->backup_type)
         && has (record, "instance_uuid", rotation->uuid)
         && (project == NULL || g_strcmp0 (record->owner, project) == 0);
}

/* The newest first. */
static GPtrArray *
list_backups (const Rotation *rotation, GCancellable *cancellable,
              GError **error)
{
  const char *project = vg_glance_get_project_id (rotation->glance);
  const char *filters[] = { "status",
                            "active",
                            "image_type",
                            "backup",
                            "backup_type",
                            rotation->backup_type,
                            "instance_uuid",
                            rotation->uuid,
                            "owner",
                            project,
                            NULL };
  g_autoptr (GPtrArray) all = NULL;

  /* (Without a project the list ends before the last pair.) */
  if (project == NULL)
    filters[G_N_ELEMENTS (filters) - 3] = NULL;
  all = vg_glance_list_images (rotation->glance, filters, cancellable, error);
  for (guint i = all != NULL ? all->len : 0; i > 0; i--)
    if (!counts (rotation, all->pdata[i - 1]))
      g_ptr_array_remove_index (all, i - 1);
  return g_steal_pointer (&all);
}

static void
delete_one (Rotation *rotation, const VgImageRecord *record)
{
  g_autoptr (GError) why = NULL;

  if (vg_json_get_bool (record->json, "protected", FALSE)) {
    vg_report_warning (rotation->report,
                       "backup %s is beyond the rotation, but protected: it "
                       "stays",
                       record->id);
    return;
  }
  if (vg_glance_delete_image (rotation->glance, record->id, &why)) {
    g_ptr_array_add (rotation->deleted, g_strdup (record->id));
    return;
  }
  rotation->failed++;
  vg_report_warning (rotation->report,
                     "backup %s is beyond the rotation, but stays: %s",
                     record->id, why->message);
}

/* Which of its disk's backups it is; 0: the newest. */
static guint
get_place (const GPtrArray *backups, guint i)
{
  const VgImageRecord *record = backups->pdata[i];
  const char *disk = vg_json_get_string (record->json, VG_ROTATE_DISK_PROPERTY);
  guint place = 0;

  for (guint newer = 0; newer < i; newer++)
    if (has (backups->pdata[newer], VG_ROTATE_DISK_PROPERTY, disk))
      place++;
  return place;
}

gboolean
vg_rotate_backups (VgGlance *glance, const char *uuid, const char *backup_type,
                   guint rotation_count, const VgReport *report,
                   GPtrArray *deleted, GCancellable *cancellable,
                   GError **error)
{
  Rotation rotation = { .glance = glance,
                        .uuid = uuid,
                        .backup_type = backup_type,
                        .report = report,
                        .deleted = deleted };
  g_autoptr (GPtrArray) backups = list_backups (&rotation, cancellable, error);

  if (backups == NULL) {
    g_prefix_error (error, "the old backups stay: ");
    return FALSE;
  }
  for (guint i = backups->len; i > 0; i--)
    if (get_place (backups, i - 1) >= rotation_count)
      delete_one (&rotation, backups->pdata[i - 1]);
  if (rotation.failed == 0)
    return TRUE;
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFLICT,
               "%u old backups could not be deleted, and stay; the next backup "
               "tries again",
               rotation.failed);
  return FALSE;
}
