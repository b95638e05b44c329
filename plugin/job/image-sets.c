/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Selects images by the properties of plan/image-record.h, and puts those of
 * one instant together. Glance's answer is filtered again here: a Glance that
 * doesn't know a filter lists all images. */
#include "job/image-sets.h"

#include <string.h>

#include "job/backups.h"
#include "plan/image-marks.h"
#include "plan/image-record.h"

/* For more guests than that, all snapshots in Glance are listed instead. */
#define ASKED_SINGLY 16

typedef struct {
  GHashTable *guests; /* UUID → VgImageGuest; borrowed */
  const char *project;
  const char *type;
  GHashTable *groups; /* "UUID GROUP" → VgImageSet, which sets owns */
  GPtrArray *sets;
} Collector;

static void
free_image (gpointer data)
{
  VgListedImage *image = data;

  g_free (image->id);
  g_free (image->name);
  g_free (image->disk);
  g_free (image->status);
  g_free (image->disk_format);
  g_strfreev (image->stores);
  g_free (image->version);
  g_free (image);
}

void
vg_image_set_free (VgImageSet *set)
{
  if (set == NULL)
    return;
  g_free (set->uuid);
  g_free (set->domain);
  g_free (set->host);
  g_free (set->group);
  g_free (set->type);
  g_free (set->owner);
  g_ptr_array_unref (set->images);
  g_free (set);
}

guint64
vg_image_set_get_size (const VgImageSet *set)
{
  guint64 size = 0;

  for (guint i = 0; i < set->images->len; i++)
    size += ((const VgListedImage *) set->images->pdata[i])->size;
  return size;
}

gboolean
vg_image_set_is_restorable (const VgImageSet *set)
{
  for (guint i = 0; i < set->images->len; i++)
    if (((const VgListedImage *) set->images->pdata[i])->obstacle != NULL)
      return FALSE;
  return TRUE;
}

const VgListedImage *
vg_image_set_find_definition (const VgImageSet *set)
{
  for (guint i = 0; i < set->images->len; i++) {
    const VgListedImage *image = set->images->pdata[i];

    if (image->has_definition)
      return image;
  }
  return NULL;
}

static const char *
get (const VgImageRecord *record, const char *key)
{
  return vg_json_get_string (record->json, key);
}

static gboolean
may_be_owner (const Collector *collector, const VgImageGuest *guest,
              const VgImageRecord *record)
{
  const char *visibility = get (record, "visibility");

  if (record->owner == NULL || collector->project == NULL
      || g_str_equal (record->owner, collector->project))
    return TRUE;
  if (guest->project != NULL)
    return g_str_equal (record->owner, guest->project);
  return g_strcmp0 (visibility, "public") != 0
         && g_strcmp0 (visibility, "community") != 0;
}

/* The guest that the image is of, if it counts. */
static const VgImageGuest *
find_guest (const Collector *collector, const VgImageRecord *record)
{
  const char *uuid = get (record, "instance_uuid");
  const VgImageGuest *guest =
      uuid != NULL ? g_hash_table_lookup (collector->guests, uuid) : NULL;

  if (guest == NULL || !may_be_owner (collector, guest, record)
      || (collector->type != NULL
          && g_strcmp0 (vg_backups_get_type (record), collector->type) != 0))
    return NULL;
  return guest;
}

static const char *
find_obstacle (const VgImageRecord *record)
{
  if (strcmp (record->status, "active") != 0)
    return "it is not active";
  if (record->size == 0)
    return "it has no data";
  return g_strcmp0 (record->container_format, "bare") != 0
             ? "it is in a container"
             : NULL;
}

static VgListedImage *
new_image (const VgImageRecord *record)
{
  VgListedImage *image = g_new0 (VgListedImage, 1);
  const char *other = vg_image_mark_get (record, VG_RECORD_DISK_PROPERTY);
  const char *target = vg_image_mark_get (record, VG_RECORD_TARGET_PROPERTY);
  const char *capacity =
      vg_image_mark_get (record, VG_RECORD_CAPACITY_PROPERTY);

  image->id = g_strdup (record->id);
  image->name = g_strdup (record->name);
  image->disk = g_strdup (target != NULL ? target : other);
  image->is_root = other == NULL;
  image->status = g_strdup (record->status);
  image->disk_format = g_strdup (record->disk_format);
  image->stores = g_strdupv (record->stores);
  image->version =
      g_strdup (vg_image_mark_get (record, VG_RECORD_VERSION_PROPERTY));
  image->has_definition =
      vg_image_mark_get (record, VG_RECORD_DEFINITION_PROPERTY) != NULL;
  image->size = record->size;
  if (capacity != NULL
      && !g_ascii_string_to_unsigned (capacity, 10, 0, G_MAXINT64,
                                      &image->capacity, NULL))
    image->capacity = 0;
  image->obstacle = find_obstacle (record);
  return image;
}

static VgImageSet *
new_set (const VgImageGuest *guest, const VgImageRecord *record)
{
  VgImageSet *set = g_new0 (VgImageSet, 1);

  set->uuid = g_strdup (guest->uuid);
  set->domain =
      g_strdup (guest->name != NULL
                    ? guest->name
                    : vg_image_mark_get (record, VG_RECORD_DOMAIN_PROPERTY));
  set->host = g_strdup (vg_image_mark_get (record, VG_RECORD_HOST_PROPERTY));
  set->group = g_strdup (vg_image_mark_get (record, VG_RECORD_GROUP_PROPERTY));
  set->type = g_strdup (vg_backups_get_type (record));
  set->owner = g_strdup (record->owner);
  set->images = g_ptr_array_new_with_free_func (free_image);
  return set;
}

/* The set that the image belongs to. */
static VgImageSet *
find_set (Collector *collector, const VgImageGuest *guest,
          const VgImageRecord *record)
{
  const char *group = vg_image_mark_get (record, VG_RECORD_GROUP_PROPERTY);
  g_autofree char *key =
      group != NULL ? g_strdup_printf (
          "%s %s %s", guest->uuid, record->owner ? record->owner : "", group)
                    : NULL;
  VgImageSet *set =
      key != NULL ? g_hash_table_lookup (collector->groups, key) : NULL;

  if (set != NULL)
    return set;
  set = new_set (guest, record);
  g_ptr_array_add (collector->sets, set);
  if (key != NULL)
    g_hash_table_insert (collector->groups, g_steal_pointer (&key), set);
  return set;
}

static void
collect (VgImageRecord *given, gpointer data)
{
  g_autoptr (VgImageRecord) record = given;
  Collector *collector = data;
  const VgImageGuest *guest = find_guest (collector, record);
  gint64 created = vg_backups_get_time (record);
  VgImageSet *set;

  if (guest == NULL || g_str_equal (record->status, "deleted"))
    return;
  set = find_set (collector, guest, record);
  if (set->images->len == 0 || created < set->created)
    set->created = created;
  g_ptr_array_add (set->images, new_image (record));
}

static int
compare_sets (gconstpointer a, gconstpointer b)
{
  const VgImageSet *left = *(VgImageSet *const *) a;
  const VgImageSet *right = *(VgImageSet *const *) b;

  return left->created != right->created
             ? (left->created < right->created ? -1 : 1)
             : strcmp (left->uuid, right->uuid);
}

static int
compare_images (gconstpointer a, gconstpointer b)
{
  const VgListedImage *left = *(VgListedImage *const *) a;
  const VgListedImage *right = *(VgListedImage *const *) b;

  return left->is_root != right->is_root ? (left->is_root ? -1 : 1)
                                         : g_strcmp0 (left->disk, right->disk);
}

/* Glance lists the newest first. */
static void
put_in_order (GPtrArray *sets, guint last)
{
  for (guint i = 0; i < sets->len / 2; i++) {
    gpointer set = sets->pdata[i];

    sets->pdata[i] = sets->pdata[sets->len - 1 - i];
    sets->pdata[sets->len - 1 - i] = set;
  }
  g_ptr_array_sort (sets, compare_sets);
  if (last > 0 && sets->len > last)
    g_ptr_array_remove_range (sets, 0, sets->len - last);
  for (guint i = 0; i < sets->len; i++)
    g_ptr_array_sort (((VgImageSet *) sets->pdata[i])->images, compare_images);
}

static gboolean
ask_glance (VgGlance *glance, const VgImageGuest *guests, guint n_guests,
            Collector *collector, GCancellable *cancellable, GError **error)
{
  /* Nova's snapshots and ours have it. */
  const char *all[] = { "image_location", "snapshot", NULL };

  if (n_guests > ASKED_SINGLY)
    return vg_glance_visit_images (glance, all, collect, collector, cancellable,
                                   error);
  for (guint i = 0; i < n_guests; i++) {
    const char *one[] = { "instance_uuid", guests[i].uuid, NULL };

    /* A Glance that ignores the filter lists the others' each time. */
    g_hash_table_remove_all (collector->guests);
    g_hash_table_insert (collector->guests, (gpointer) guests[i].uuid,
                         (gpointer) &guests[i]);
    if (!vg_glance_visit_images (glance, one, collect, collector, cancellable,
                                 error))
      return FALSE;
  }
  return TRUE;
}

GPtrArray *
vg_image_sets_list (VgGlance *glance, const VgImageGuest *guests,
                    guint n_guests, const char *type, guint last,
                    GCancellable *cancellable, GError **error)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) groups =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) sets =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_image_set_free);
  Collector collector = { known, NULL, type, groups, sets };

  /* Our project is known only after connecting. */
  if (!vg_glance_connect (glance, cancellable, error))
    return NULL;
  collector.project = vg_glance_get_project_id (glance);
  for (guint i = 0; i < n_guests; i++)
    g_hash_table_insert (known, (gpointer) guests[i].uuid,
                         (gpointer) &guests[i]);
  if (!ask_glance (glance, guests, n_guests, &collector, cancellable, error))
    return NULL;
  put_in_order (sets, last);
  return g_steal_pointer (&sets);
}
