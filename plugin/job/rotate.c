/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rotation of backups. Glance's answer is filtered again here: a Glance that
 * doesn't know a filter lists all images, and those must not be deleted. */
#include "job/rotate.h"

#include <string.h>

#include "plan/image-record.h"
#include "util/interruption.h"

typedef struct {
  VgGlance *glance;
  const VgRotation *what;
  const VgReport *report;
  GPtrArray *deleted;
  GCancellable *cancellable;
  guint failed;
  guint refused;        /* of these, by permission */
  gboolean interrupted; /* before it had deleted all of them */
} Rotation;

static gboolean
has (const VgImageRecord *record, const char *key, const char *value)
{
  return g_strcmp0 (vg_json_get_string (record->json, key), value) == 0;
}

/* The marks of a backup: Nova's, and ours of other disks than the root disk. An
 * older version set Nova's for these, too. */
typedef struct {
  const char *type_key;
  const char *image_type; /* or NULL: any */
} Marks;

static const Marks all_marks[] = {
  { "backup_type", "backup" },
  { VG_RECORD_BACKUP_PROPERTY, NULL },
};

/* owner: NULL if unknown. */
static gboolean
counts_as_backup (const Rotation *rotation, const Marks *marks,
                  const VgImageRecord *record, const char *owner)
{
  return strcmp (record->status, "active") == 0
         && (marks->image_type == NULL
             || has (record, "image_type", marks->image_type))
         && has (record, marks->type_key, rotation->what->backup_type)
         && has (record, "instance_uuid", rotation->what->uuid)
         && (owner == NULL || g_strcmp0 (record->owner, owner) == 0);
}

static gboolean
is_listed (const GPtrArray *list, const char *id)
{
  for (guint i = 0; i < list->len; i++)
    if (g_str_equal (((VgImageRecord *) list->pdata[i])->id, id))
      return TRUE;
  return FALSE;
}

/* Adds the images of that project with those marks to the list. */
static gboolean
list_of_owner (const Rotation *rotation, const Marks *marks, const char *owner,
               GPtrArray *list, GCancellable *cancellable, GError **error)
{
  const char *filters[11] = { "status",        "active",
                              marks->type_key, rotation->what->backup_type,
                              "instance_uuid", rotation->what->uuid };
  guint n = 6;
  g_autoptr (GPtrArray) all = NULL;

  if (marks->image_type != NULL) {
    filters[n++] = "image_type";
    filters[n++] = marks->image_type;
  }
  if (owner != NULL) {
    filters[n++] = "owner";
    filters[n++] = owner;
  }
  all = vg_glance_list_images (rotation->glance, filters, cancellable, error);
  if (all == NULL)
    return FALSE;
  for (guint i = 0; i < all->len; i++) {
    const VgImageRecord *record = all->pdata[i];

    if (counts_as_backup (rotation, marks, record, owner)
        && !is_listed (list, record->id))
      g_ptr_array_add (list, g_steal_pointer (&all->pdata[i]));
  }
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

  for (gsize i = 0; i < G_N_ELEMENTS (all_marks); i++) {
    const Marks *marks = &all_marks[i];

    if (!list_of_owner (rotation, marks, ours, list, cancellable, error))
      return NULL;
    if (ours != NULL && other != NULL && !g_str_equal (ours, other)
        && !list_of_owner (rotation, marks, other, list, cancellable, error))
      return NULL;
  }
  /* The sort is stable: images of the same age stay in Glance's order. */
  g_ptr_array_sort_with_data (list, compare_age, (gpointer) rotation->what);
  return g_steal_pointer (&list);
}

/* Each one refused would be for the same reason. */
static void
note_refused (Rotation *rotation, const VgImageRecord *record,
              const GError *why)
{
  if (rotation->refused++ == 0)
    vg_report_warning (
        rotation->report,
        "backup %s exceeds the rotation, but these credentials may not delete "
        "it: it stays, and so does each other one that is refused, until an "
        "administrator or the owner deletes it: %s",
        record->id, why->message);
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
  if (g_cancellable_is_cancelled (rotation->cancellable)) {
    rotation->interrupted = TRUE;
    return;
  }
  if (vg_glance_delete_image (rotation->glance, record->id, &why)) {
    g_ptr_array_add (rotation->deleted, g_strdup (record->id));
    return;
  }
  rotation->failed++;
  if (g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_FORBIDDEN))
    note_refused (rotation, record, why);
  else
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

/* Whether it exceeds the rotation among the backups of its disk. */
static gboolean
is_excess (const Rotation *rotation, const GPtrArray *backups, guint i)
{
  return get_place (backups, i) >= rotation->what->rotation;
}

static gboolean
was_deleted (const Rotation *rotation, const char *id)
{
  return g_ptr_array_find_with_equal_func (rotation->deleted, id, g_str_equal,
                                           NULL);
}

/* Whether the root disk's image of the same snapshot has gone: the other disks'
 * images go with it, even if there are fewer of them, because Nova made backups
 * of the root disk alone meanwhile. */
static gboolean
has_lost_root (const Rotation *rotation, const GPtrArray *backups, guint i)
{
  const VgImageRecord *record = backups->pdata[i];
  const char *group =
      vg_json_get_string (record->json, VG_RECORD_GROUP_PROPERTY);

  if (group == NULL || has (record, VG_RECORD_DISK_PROPERTY, NULL))
    return FALSE;
  for (guint k = 0; k < backups->len; k++) {
    const VgImageRecord *root = backups->pdata[k];

    if (has (root, VG_RECORD_DISK_PROPERTY, NULL)
        && has (root, VG_RECORD_GROUP_PROPERTY, group))
      return was_deleted (rotation, root->id);
  }
  return FALSE;
}

static void
delete_excess (Rotation *rotation, const GPtrArray *backups)
{
  for (guint i = backups->len; i > 0; i--)
    if (is_excess (rotation, backups, i - 1))
      delete_one (rotation, backups->pdata[i - 1]);
  for (guint i = backups->len; i > 0; i--)
    if (!is_excess (rotation, backups, i - 1)
        && has_lost_root (rotation, backups, i - 1))
      delete_one (rotation, backups->pdata[i - 1]);
}

/* Our images of another project's guest. What Nova has made in that project is
 * private to it, and the project may not delete ours. */
static void
warn_of_others (const Rotation *rotation)
{
  const VgJournal *made = rotation->what->made;
  const VgJobImage *image =
      made != NULL && made->images->len > 0 ? made->images->pdata[0] : NULL;

  if (image != NULL && image->member != NULL)
    vg_report_warning (
        rotation->report,
        "only the backups that these credentials own are counted and deleted, "
        "not those that Nova has made in the instance's project %s, and Nova "
        "can't delete these: each side keeps its own number of backups, unless "
        "the images belong to that project (--owner instance, with an "
        "administrator's or that project's credentials)",
        image->member);
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
  Rotation rotation = { .glance = glance,
                        .what = what,
                        .report = report,
                        .deleted = deleted,
                        .cancellable = cancellable };
  g_autoptr (GPtrArray) backups = NULL;

  /* Our project is known only after connecting. */
  if (vg_glance_connect (glance, cancellable, error))
    backups = list_backups (&rotation, cancellable, error);
  if (backups == NULL) {
    g_prefix_error (error, "old backups can't be deleted: ");
    vg_interruption_name (error, "the deletion of old backups");
    return FALSE;
  }
  warn_of_others (&rotation);
  delete_excess (&rotation, backups);
  if (rotation.interrupted) {
    g_cancellable_set_error_if_cancelled (cancellable, error);
    vg_interruption_name (error, "the deletion of old backups");
    return FALSE;
  }
  if (rotation.failed == 0)
    return TRUE;
  g_set_error (
      error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFLICT,
      "%u old backups could not be deleted; the next backup tries again",
      rotation.failed);
  return FALSE;
}
