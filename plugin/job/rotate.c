/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rotation of backups. Glance's answer is filtered again here: a Glance that
 * doesn't know a filter lists all images, and those must not be deleted. */
#include "job/rotate.h"

#include <string.h>

#include "plan/image-record.h"

typedef struct {
  VgGlance *glance;
  const VgRotation *what;
  const VgReport *report;
  GPtrArray *deleted;
  guint failed;
} Rotation;

static gboolean
has (const VgImageRecord *record, const char *key, const char *value)
{
  return g_strcmp0 (vg_json_get_string (record->json, key), value) == 0;
}

/* owner: NULL if unknown. */
static gboolean
counts_as_backup (const Rotation *rotation, const VgImageRecord *record,
                  const char *owner)
{
  return strcmp (record->status, "active") == 0
         && has (record, "image_type", "backup")
         && has (record, "backup_type", rotation->what->backup_type)
         && has (record, "instance_uuid", rotation->what->uuid)
         && (owner == NULL || g_strcmp0 (record->owner, owner) == 0);
}

/* Adds the images of that project to the list. */
static gboolean
list_of_owner (const Rotation *rotation, const char *owner, GPtrArray *list,
               GCancellable *cancellable, GError **error)
{
  const char *filters[] = { "status",
                            "active",
                            "image_type",
                            "backup",
                            "backup_type",
                            rotation->what->backup_type,
                            "instance_uuid",
                            rotation->what->uuid,
                            owner != NULL ? "owner" : NULL,
                            owner,
                            NULL };
  g_autoptr (GPtrArray) all =
      vg_glance_list_images (rotation->glance, filters, cancellable, error);

  if (all == NULL)
    return FALSE;
  for (guint i = 0; i < all->len; i++)
    if (counts_as_backup (rotation, all->pdata[i], owner))
      g_ptr_array_add (list, g_steal_pointer (&all->pdata[i]));
  return TRUE;
}

static gboolean
is_just_made (const VgRotation *what, const char *id)
{
  for (guint i = 0; what->made != NULL && i < what->made->images->len; i++)
    if (g_strcmp0 (((VgJobImage *) what->made->images->pdata[i])->id, id) == 0)
      return TRUE;
  return FALSE;
}

static int
compare_age (gconstpointer a, gconstpointer b, gpointer what)
{
  const VgImageRecord *left = *(VgImageRecord *const *) a;
  const VgImageRecord *right = *(VgImageRecord *const *) b;
  gboolean left_made = is_just_made (what, left->id);

  if (left_made != is_just_made (what, right->id))
    return left_made ? -1 : 1;
  return g_strcmp0 (vg_json_get_string (right->json, "created_at"),
                    vg_json_get_string (left->json, "created_at"));
}

/* Newest first. */
static GPtrArray *
list_backups (const Rotation *rotation, GCancellable *cancellable,
              GError **error)
{
  const char *ours = vg_glance_get_project_id (rotation->glance);
  const char *other = rotation->what->owner;
  g_autoptr (GPtrArray) list =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_image_record_free);

  if (!list_of_owner (rotation, ours, list, cancellable, error))
    return NULL;
  if (ours != NULL && other != NULL && !g_str_equal (ours, other)
      && !list_of_owner (rotation, other, list, cancellable, error))
    return NULL;
  /* The sort is stable: images of the same age stay in Glance's order. */
  g_ptr_array_sort_with_data (list, compare_age, (gpointer) rotation->what);
  return g_steal_pointer (&list);
}

static void
delete_one (Rotation *rotation, const VgImageRecord *record)
{
  g_autoptr (GError) why = NULL;

  if (vg_json_get_bool (record->json, "protected", FALSE)) {
    vg_report_warning (
        rotation->report,
        "backup %s exceeds the rotation, but is protected and stays",
        record->id);
    return;
  }
  if (vg_glance_delete_image (rotation->glance, record->id, &why)) {
    g_ptr_array_add (rotation->deleted, g_strdup (record->id));
    return;
  }
  rotation->failed++;
  vg_report_warning (
      rotation->report,
      "backup %s exceeds the rotation, but could not be deleted: %s",
      record->id, why->message);
}

/* The position among the backups of its disk; 0: the newest. */
static guint
get_place (const GPtrArray *backups, guint i)
{
  const VgImageRecord *record = backups->pdata[i];
  const char *disk = vg_json_get_string (record->json, VG_RECORD_DISK_PROPERTY);
  guint place = 0;

  for (guint newer = 0; newer < i; newer++)
    if (has (backups->pdata[newer], VG_RECORD_DISK_PROPERTY, disk))
      place++;
  return place;
}

const char *
vg_rotate_get_owner (const VgJournal *journal, const VgRequest *request,
                     const VgConfig *config, const VgDomain *domain)
{
  if (journal != NULL && journal->images->len > 0)
    return ((VgJobImage *) journal->images->pdata[0])->owner;
  return vg_request_is_owner_self (request, config) ? NULL
                                                    : domain->owner_project;
}

gboolean
vg_rotate_backups (VgGlance *glance, const VgRotation *what,
                   const VgReport *report, GPtrArray *deleted,
                   GCancellable *cancellable, GError **error)
{
  Rotation rotation = {
    .glance = glance, .what = what, .report = report, .deleted = deleted
  };
  g_autoptr (GPtrArray) backups = NULL;

  /* Our project is known only after connecting. */
  if (vg_glance_connect (glance, cancellable, error))
    backups = list_backups (&rotation, cancellable, error);
  if (backups == NULL) {
    g_prefix_error (error, "old backups can't be deleted: ");
    return FALSE;
  }
  for (guint i = backups->len; i > 0; i--)
    if (get_place (backups, i - 1) >= what->rotation)
      delete_one (&rotation, backups->pdata[i - 1]);
  if (rotation.failed == 0)
    return TRUE;
  g_set_error (
      error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFLICT,
      "%u old backups could not be deleted; the next backup tries again",
      rotation.failed);
  return FALSE;
}
