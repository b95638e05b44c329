/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds backups by their marks. */
#include "job/backups.h"

#include <string.h>

#include "plan/image-marks.h"
#include "plan/image-record.h"

/* The marks of a backup: Nova's, and ours of other disks than the root disk. An
 * older version set Nova's for these, too. Nova's are not copied: it sets
 * image_type anew. */
typedef struct {
  const char *type_key;
  const char *image_type; /* or NULL: any, and the key is one of ours */
} Marks;

static const Marks all_marks[] = {
  { "backup_type", "backup" },
  { VG_RECORD_BACKUP_PROPERTY, NULL },
};

static gboolean
has (const VgImageRecord *record, const char *key, const char *value)
{
  return g_strcmp0 (vg_json_get_string (record->json, key), value) == 0;
}

/* Which type of backup the image is by these marks; NULL: none. */
static const char *
get_type (const Marks *marks, const VgImageRecord *record)
{
  if (marks->image_type == NULL)
    return vg_image_mark_get (record, marks->type_key);
  return has (record, "image_type", marks->image_type)
             ? vg_json_get_string (record->json, marks->type_key)
             : NULL;
}

/* owner: NULL if unknown. Whatever its status. */
static gboolean
has_marks (const VgBackups *what, const Marks *marks,
           const VgImageRecord *record, const char *owner)
{
  return g_strcmp0 (get_type (marks, record), what->type) == 0
         && has (record, "instance_uuid", what->uuid)
         && (owner == NULL || g_strcmp0 (record->owner, owner) == 0);
}

static gboolean
is_active (const VgImageRecord *record)
{
  return strcmp (record->status, "active") == 0;
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
list_of_owner (VgGlance *glance, const VgBackups *what, const Marks *marks,
               const char *owner, GPtrArray *list, GCancellable *cancellable,
               GError **error)
{
  const char *filters[11] = { "status",   "active",        marks->type_key,
                              what->type, "instance_uuid", what->uuid };
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
  all = vg_glance_list_images (glance, filters, cancellable, error);
  if (all == NULL)
    return FALSE;
  for (guint i = 0; i < all->len; i++) {
    const VgImageRecord *record = all->pdata[i];

    if (is_active (record) && has_marks (what, marks, record, owner)
        && !is_listed (list, record->id))
      g_ptr_array_add (list, g_steal_pointer (&all->pdata[i]));
  }
  return TRUE;
}

GPtrArray *
vg_backups_list (VgGlance *glance, const VgBackups *what,
                 GCancellable *cancellable, GError **error)
{
  const char *ours = vg_glance_get_project_id (glance);
  const char *other = what->owner;
  g_autoptr (GPtrArray) list =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_image_record_free);

  for (gsize i = 0; i < G_N_ELEMENTS (all_marks); i++) {
    const Marks *marks = &all_marks[i];

    if (!list_of_owner (glance, what, marks, ours, list, cancellable, error))
      return NULL;
    if (ours != NULL && other != NULL && !g_str_equal (ours, other)
        && !list_of_owner (glance, what, marks, other, list, cancellable,
                           error))
      return NULL;
  }
  return g_steal_pointer (&list);
}

static gboolean
is_ours (const VgBackups *what, const VgImageRecord *record, const char *ours)
{
  for (gsize i = 0; i < G_N_ELEMENTS (all_marks); i++)
    if (has_marks (what, &all_marks[i], record, ours)
        || (what->owner != NULL
            && has_marks (what, &all_marks[i], record, what->owner)))
      return TRUE;
  return FALSE;
}

const char *
vg_backups_get_type (const VgImageRecord *record)
{
  const char *type = NULL;

  for (gsize i = 0; type == NULL && i < G_N_ELEMENTS (all_marks); i++)
    type = get_type (&all_marks[i], record);
  return type;
}

GPtrArray *
vg_backups_list_instance (VgGlance *glance, const char *uuid,
                          GCancellable *cancellable, GError **error)
{
  const char *const filters[] = { "status", "active", "instance_uuid", uuid,
                                  NULL };
  g_autoptr (GPtrArray) all =
      vg_glance_list_images (glance, filters, cancellable, error);

  for (guint i = all != NULL ? all->len : 0; i > 0; i--) {
    const VgImageRecord *record = all->pdata[i - 1];

    if (!is_active (record) || !has (record, "instance_uuid", uuid)
        || vg_backups_get_type (record) == NULL)
      g_ptr_array_remove_index (all, i - 1);
  }
  return g_steal_pointer (&all);
}

gint64
vg_backups_get_time (const VgImageRecord *record)
{
  const char *text = vg_json_get_string (record->json, "created_at");
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time =
      text != NULL ? g_date_time_new_from_iso8601 (text, utc) : NULL;

  return time != NULL ? g_date_time_to_unix (time) : 0;
}

/* Whether another host is making it. Where that is our own host, it is known
 * by the domain's lock; nobody tells whether a host is alive. */
static gboolean
is_under_way (const VgImageRecord *record, gint64 now)
{
  static const char *const statuses[] = { "queued", "saving", "importing",
                                          NULL };
  const char *host = vg_json_get_string (record->json, VG_RECORD_HOST_PROPERTY);

  return host != NULL && strcmp (host, g_get_host_name ()) != 0
         && g_strv_contains (statuses, record->status)
         && vg_backups_get_time (record) > now - VG_BACKUPS_UNDER_WAY_S;
}

/* Sets *found to the newest of these that was made since, of those that are
 * under way or of those that are active; takes it out of the array. */
static void
take_newest (GPtrArray *all, const VgBackups *what, const char *ours,
             gint64 since, gboolean under_way, VgImageRecord **found)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC, latest = 0;
  guint index = 0;

  for (guint i = 0; i < all->len; i++) {
    const VgImageRecord *record = all->pdata[i];
    gint64 made = vg_backups_get_time (record);

    if (made < since || made <= latest || !is_ours (what, record, ours)
        || !(under_way ? is_under_way (record, now) : is_active (record)))
      continue;
    latest = made;
    index = i;
  }
  if (latest > 0)
    *found = g_ptr_array_steal_index_fast (all, index);
}

gboolean
vg_backups_find_since (VgGlance *glance, const VgBackups *what, gint64 since,
                       VgImageRecord **newest, VgImageRecord **under_way,
                       GCancellable *cancellable, GError **error)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (since);
  g_autofree char *text = g_date_time_format (time, "gte:%Y-%m-%dT%H:%M:%SZ");
  const char *const filters[] = { "status",
                                  "in:active,queued,saving,importing",
                                  "instance_uuid",
                                  what->uuid,
                                  "created_at",
                                  text,
                                  NULL };
  g_autoptr (GPtrArray) all = NULL;
  const char *ours;

  *newest = *under_way = NULL;
  /* Our project is known only after connecting. */
  if (vg_glance_connect (glance, cancellable, error))
    all = vg_glance_list_images (glance, filters, cancellable, error);
  if (all == NULL)
    return FALSE;
  ours = vg_glance_get_project_id (glance);
  take_newest (all, what, ours, since, FALSE, newest);
  take_newest (all, what, ours, since, TRUE, under_way);
  return TRUE;
}
