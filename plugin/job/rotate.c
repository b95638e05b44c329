/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rotation of backups. */
#include "job/rotate.h"

#include <string.h>

#include "job/backups.h"
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
  const VgRotation *what = rotation->what;
  const VgBackups filter = { what->uuid, what->backup_type, what->owner };
  GPtrArray *list =
      vg_backups_list (rotation->glance, &filter, cancellable, error);

  /* The sort is stable: images of the same age stay in Glance's order. */
  if (list != NULL)
    g_ptr_array_sort_with_data (list, compare_age, (gpointer) what);
  return list;
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
