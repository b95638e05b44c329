/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chooses the images for a guest that is gone. Anybody may write any UUID into
 * an image of a project of theirs, and an administrator sees them all: so only
 * our own project's count, unless one is named. */
#include "restore/define-set.h"

#include <string.h>

#include "job/definition.h"
#include "plan/error.h"
#include "plan/image-record.h"
#include "util/text.h"

#define MAX_SHOWN 80

gboolean
vg_define_throw_nova (const char *uuid, const char *image, GError **error)
{
  g_autofree char *shown =
      image != NULL ? vg_text_clean (image, MAX_SHOWN) : g_strdup ("IMAGE");

  g_set_error (error, VG_PLAN_ERROR, VG_PLAN_ERROR_DISK,
               "%s is an instance of Nova's, which keeps its definition "
               "itself; restore it with 'openstack server rebuild --image %s "
               "%s', or, if it was deleted, create another one from the image",
               uuid, shown, uuid);
  return FALSE;
}

static gboolean
has_image (const VgImageSet *set, const char *id)
{
  for (guint i = 0; i < set->images->len; i++)
    if (g_str_equal (((const VgListedImage *) set->images->pdata[i])->id, id))
      return TRUE;
  return FALSE;
}

/* NULL: nothing. */
static const char *
find_obstacle (const VgImageSet *set, const char *project)
{
  if (!vg_image_set_is_restorable (set))
    return "not all of its images can be restored";
  if (vg_image_set_find_definition (set) == NULL)
    return "no definition is kept with it";
  if (g_strcmp0 (set->owner, project) != 0)
    return "it is of another project; --image takes it nevertheless";
  return NULL;
}

static char *
format_time (const VgImageSet *set)
{
  g_autoptr (GDateTime) at =
      set->created > 0 ? g_date_time_new_from_unix_local (set->created) : NULL;

  return at != NULL ? g_date_time_format (at, "%F %T")
                    : g_strdup ("an unknown time");
}

static void
note_obstacle (const VgImageSet *set, const char *why, GPtrArray *warnings)
{
  g_autofree char *time = format_time (set);

  g_ptr_array_add (warnings,
                   g_strdup_printf ("the newer %s of %s is passed over: %s",
                                    set->type != NULL ? "backup" : "snapshot",
                                    time, why));
}

/* Of Nova's instances the images name the user; Nova's own say nothing of us.
 */
static gboolean
is_nova (const VgImageSet *set, VgGlance *glance, GCancellable *cancellable)
{
  const VgListedImage *first = set->images->pdata[0];
  g_autoptr (VgImageRecord) record =
      vg_glance_get_image (glance, first->id, cancellable, NULL);

  return record != NULL
         && (vg_json_get_string (record->json, "owner_id") != NULL
             || vg_json_get_string (record->json, VG_RECORD_UUID_PROPERTY)
                    == NULL);
}

static void
throw_none (const VgDefine *wanted, const GPtrArray *sets,
            const GPtrArray *warnings, VgGlance *glance,
            GCancellable *cancellable, GError **error)
{
  const VgImageSet *last = sets->len > 0 ? sets->pdata[sets->len - 1] : NULL;

  if (last != NULL && vg_image_set_find_definition (last) == NULL
      && is_nova (last, glance, cancellable)) {
    const VgListedImage *image = last->images->pdata[0];

    vg_define_throw_nova (wanted->uuid, image->id, error);
  } else if (last == NULL || wanted->image != NULL) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_NOT_FOUND,
                 "Glance has no such snapshot or backup of domain %s; "
                 "'virt-glance images %s' lists what it has",
                 wanted->uuid, wanted->uuid);
  } else {
    g_set_error (
        error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_NOT_FOUND,
        "domain %s can't be defined: of its %u snapshots and backups%s none "
        "is whole and has a definition of this project's (%s); 'virt-glance "
        "restore IMAGE --to FILE' gets a disk",
        wanted->uuid, sets->len, wanted->before > 0 ? " before that time" : "",
        warnings->len > 0 ? (const char *) warnings->pdata[warnings->len - 1]
                          : "all are newer than that");
  }
}

VgImageSet *
vg_define_choose_set (const VgDefine *wanted, VgGlance *glance,
                      GPtrArray *warnings, GCancellable *cancellable,
                      GError **error)
{
  const VgImageGuest guest = { .uuid = wanted->uuid };
  g_autoptr (GPtrArray) sets = vg_image_sets_list (
      glance, &guest, 1, wanted->type, 0, cancellable, error);

  if (sets == NULL)
    return NULL;
  for (guint i = sets->len; i-- > 0;) {
    const VgImageSet *set = sets->pdata[i];
    const char *why = find_obstacle (set, vg_glance_get_project_id (glance));

    if (wanted->image != NULL
            ? !has_image (set, wanted->image)
            : (wanted->before > 0
               && (set->created == 0 || set->created >= wanted->before)))
      continue;
    if (why == NULL
        || (wanted->image != NULL && vg_image_set_find_definition (set)))
      return g_ptr_array_steal_index (sets, i);
    note_obstacle (set, why, warnings);
  }
  throw_none (wanted, sets, warnings, glance, cancellable, error);
  return NULL;
}

static gboolean
check_domain (const VgDefine *wanted, const VgListedImage *image,
              const VgDomain *domain, GError **error)
{
  if (domain->is_nova)
    return vg_define_throw_nova (wanted->uuid, image->id, error);
  if (g_strcmp0 (domain->uuid, wanted->uuid) == 0)
    return TRUE;
  g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
               "the definition that is kept with image %s is of another "
               "domain, %s",
               image->id, domain->uuid != NULL ? domain->uuid : "without UUID");
  return FALSE;
}

char *
vg_define_read (const VgDefine *wanted, const VgImageSet *set, VgGlance *glance,
                VgDomain **domain, GCancellable *cancellable, GError **error)
{
  const VgListedImage *image = vg_image_set_find_definition (set);
  g_autoptr (VgImageRecord) record =
      vg_glance_get_image (glance, image->id, cancellable, error);
  const char *value =
      record != NULL
          ? vg_json_get_string (record->json, VG_RECORD_DEFINITION_PROPERTY)
          : NULL;
  g_autofree char *xml = NULL;
  g_autoptr (VgDomain) parsed = NULL;

  if (record == NULL)
    return NULL;
  xml = vg_definition_unpack (value != NULL ? value : "", error);
  if (xml != NULL)
    parsed = vg_domain_parse (xml, -1, error);
  if (parsed == NULL) {
    g_prefix_error (error, "image %s: ", image->id);
    return NULL;
  }
  if (!check_domain (wanted, image, parsed, error))
    return NULL;
  *domain = g_steal_pointer (&parsed);
  return g_steal_pointer (&xml);
}
