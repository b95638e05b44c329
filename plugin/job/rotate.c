/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rotation of backups. */
#include "job/rotate.h"

#include <string.h>

#include "job/backups.h"
#include "plan/image-marks.h"
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

/* value: NULL if it must not be there. */
static gboolean
has_mark (const VgImageRecord *record, const char *key, const char *value)
{
  return g_strcmp0 (vg_image_mark_get (record, key), value) == 0;
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
  if (rotation->what->dry_run) {
    g_ptr_array_add (rotation->deleted, g_strdup (record->id));
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

static gboolean
is_of_disk (const VgImageRecord *record, const char *disk)
{
  return has_mark (record, VG_RECORD_DISK_PROPERTY, disk);
}

/* The root disk's image of the same snapshot, or NULL. */
static const VgImageRecord *
find_root (const GPtrArray *backups, const VgImageRecord *record)
{
  const char *group = vg_image_mark_get (record, VG_RECORD_GROUP_PROPERTY);

  for (guint i = 0; group != NULL && i < backups->len; i++)
    if (is_of_disk (backups->pdata[i], NULL)
        && has_mark (backups->pdata[i], VG_RECORD_GROUP_PROPERTY, group))
      return backups->pdata[i];
  return NULL;
}

/* Images of one snapshot count as of one time, even around midnight. */
static gint64
get_time (const GPtrArray *backups, const VgImageRecord *record)
{
  const VgImageRecord *root = find_root (backups, record);

  return vg_backups_get_time (root != NULL ? root : record);
}

/* Notes in excess which backups of that disk exceed what is to be kept. */
static void
judge_disk (const VgRetention *keep, const GPtrArray *backups, const char *disk,
            gboolean *excess)
{
  g_autofree gint64 *times = g_new0 (gint64, backups->len);
  g_autofree gboolean *keeps = g_new0 (gboolean, backups->len);
  g_autofree guint *places = g_new0 (guint, backups->len);
  guint n = 0;

  for (guint i = 0; i < backups->len; i++)
    if (is_of_disk (backups->pdata[i], disk)) {
      times[n] = get_time (backups, backups->pdata[i]);
      places[n++] = i;
    }
  vg_retention_apply (keep, times, n, keeps);
  for (guint k = 0; k < n; k++)
    excess[places[k]] = !keeps[k];
}

/* For each of the backups, newest first, whether it is to be deleted. Free with
 * g_free(). */
static gboolean *
find_excess (const VgRetention *keep, const GPtrArray *backups)
{
  gboolean *excess = g_new0 (gboolean, MAX (backups->len, 1));
  g_autoptr (GHashTable) done = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < backups->len; i++) {
    const VgImageRecord *record = backups->pdata[i];
    const char *disk = vg_image_mark_get (record, VG_RECORD_DISK_PROPERTY);

    if (g_hash_table_add (done, (gpointer) (disk != NULL ? disk : "")))
      judge_disk (keep, backups, disk, excess);
  }
  return excess;
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
  const VgImageRecord *root = find_root (backups, record);

  return root != NULL && root != record && was_deleted (rotation, root->id);
}

static void
delete_excess (Rotation *rotation, const GPtrArray *backups)
{
  g_autofree gboolean *excess = find_excess (&rotation->what->keep, backups);

  for (guint i = backups->len; i > 0; i--)
    if (excess[i - 1])
      delete_one (rotation, backups->pdata[i - 1]);
  for (guint i = backups->len; i > 0; i--)
    if (!excess[i - 1] && has_lost_root (rotation, backups, i - 1))
      delete_one (rotation, backups->pdata[i - 1]);
}

/* Adds stand-ins for the images of the plan, as the newest. */
static void
add_planned (const VgPlan *plan, GPtrArray *backups)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");

  for (guint i = 0; i < plan->images->len; i++) {
    const VgPlanImage *image = plan->images->pdata[i];
    VgImageRecord *record = g_new0 (VgImageRecord, 1);

    record->id = g_strdup ("");
    record->json = vg_json_copy (image->record);
    vg_json_set_string (record->json, "created_at", time);
    g_ptr_array_insert (backups, 0, record);
  }
}

/* Our images of another project's guest. What Nova has made in that project is
 * private to it, and the project may not delete ours. */
static void
warn_of_others (const VgRotation *what, const VgReport *report)
{
  const VgJournal *made = what->made;
  const VgJobImage *image =
      made != NULL && made->images->len > 0 ? made->images->pdata[0] : NULL;

  if (image != NULL && image->member != NULL)
    vg_report_warning (
        report,
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
vg_rotate_listed (VgGlance *glance, const VgRotation *what, GPtrArray *backups,
                  const VgReport *report, GPtrArray *deleted,
                  GCancellable *cancellable, GError **error)
{
  Rotation rotation = { .glance = glance,
                        .what = what,
                        .report = report,
                        .deleted = deleted,
                        .cancellable = cancellable };

  /* The sort is stable: images of the same age stay in Glance's order. */
  g_ptr_array_sort_with_data (backups, compare_age, (gpointer) what);
  if (what->planned != NULL)
    add_planned (what->planned, backups);
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

gboolean
vg_rotate_backups (VgGlance *glance, const VgRotation *what,
                   const VgReport *report, GPtrArray *deleted,
                   GCancellable *cancellable, GError **error)
{
  const VgBackups filter = { what->uuid, what->backup_type, what->owner };
  g_autoptr (GPtrArray) backups = NULL;

  /* Our project is known only after connecting. */
  if (vg_glance_connect (glance, cancellable, error))
    backups = vg_backups_list (glance, &filter, cancellable, error);
  if (backups == NULL) {
    g_prefix_error (error, "old backups can't be deleted: ");
    vg_interruption_name (error, "the deletion of old backups");
    return FALSE;
  }
  warn_of_others (what, report);
  return vg_rotate_listed (glance, what, backups, report, deleted, cancellable,
                           error);
}
