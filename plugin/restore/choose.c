/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* First the set, then the disk of each of its images. */
#include "restore/choose.h"

#include <string.h>

#include "restore/permit.h"
#include "util/text.h"

#define MAX_SHOWN 80

/* The set */

static const VgListedImage *
find_image (const VgImageSet *set, const char *id)
{
  for (guint i = 0; i < set->images->len; i++) {
    const VgListedImage *image = set->images->pdata[i];

    if (g_str_equal (image->id, id))
      return image;
  }
  return NULL;
}

static gboolean
is_wanted (const VgRestoreChoice *choice, const VgImageSet *set)
{
  if (choice->image != NULL)
    return find_image (set, choice->image) != NULL;
  return vg_image_set_is_restorable (set)
         && (choice->before == 0
             || (set->created > 0 && set->created < choice->before));
}

static void
throw_none (const VgRestoreChoice *choice, const VgDomain *domain,
            GError **error)
{
  g_autofree char *id =
      choice->image != NULL ? vg_text_clean (choice->image, MAX_SHOWN) : NULL;
  g_autofree char *type = choice->type != NULL
                              ? g_strdup_printf (" %s backup", choice->type)
                              : g_strdup (" snapshot or backup");

  if (id != NULL)
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_NOT_FOUND,
                 "image %s is not of domain %s; 'virt-glance images %s' lists "
                 "those that are, and 'virt-glance restore %s --to FILE' makes "
                 "a file of any image",
                 id, domain->name, domain->name, id);
  else
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_NOT_FOUND,
                 "Glance has no%s of domain %s%s that can be restored; "
                 "'virt-glance images %s' lists what it has",
                 type, domain->name,
                 choice->before > 0 ? " from before that time" : "",
                 domain->name);
}

static VgImageSet *
choose_set (const VgRestoreChoice *choice, const VgDomain *domain,
            VgGlance *glance, GCancellable *cancellable, GError **error)
{
  const VgImageGuest guest = { domain->uuid, domain->name,
                               domain->owner_project };
  g_autoptr (GPtrArray) sets = vg_image_sets_list (
      glance, &guest, 1, choice->type, 0, cancellable, error);

  if (sets == NULL)
    return NULL;
  for (guint i = sets->len; i-- > 0;)
    if (is_wanted (choice, sets->pdata[i]))
      return g_ptr_array_steal_index (sets, i);
  throw_none (choice, domain, error);
  return NULL;
}

/* Its disks */

/* An image of Nova's, or of an older version, doesn't name its disk: it is of
 * the root disk, unless --image and --disk say otherwise. */
static const VgDomainDisk *
find_disk (const VgRestoreChoice *choice, const VgDomain *domain,
           const VgListedImage *image, GError **error)
{
  g_autofree char *why = NULL;

  if (image->disk == NULL && choice->image != NULL && choice->disks != NULL)
    return vg_domain_find_disk (domain, choice->disks[0], error);
  for (guint i = 0; image->disk != NULL && i < domain->disks->len; i++) {
    const VgDomainDisk *disk = domain->disks->pdata[i];

    if (g_str_equal (disk->target, image->disk))
      return disk;
  }
  if (image->is_root)
    return vg_domain_get_root (domain, error);
  why = g_strdup_printf ("the domain has no such disk any more; 'virt-glance "
                         "restore %s --to FILE' gets its image, and --disk "
                         "chooses others",
                         image->id);
  vg_restore_throw_target (error, domain, image->disk, why);
  return NULL;
}

/* Whether disk is among those that were asked for. */
static gboolean
is_asked (const VgRestoreChoice *choice, const VgDomain *domain,
          const VgDomainDisk *disk)
{
  if (choice->disks == NULL)
    return TRUE;
  for (char **name = choice->disks; *name != NULL; name++)
    if (vg_domain_find_disk (domain, *name, NULL) == disk)
      return TRUE;
  return FALSE;
}

/* Whether an image counts before its disk is looked up: what nobody asked for
 * needs no disk. */
static gboolean
may_count (const VgRestoreChoice *choice, const VgDomain *domain,
           const VgListedImage *image)
{
  if (choice->image != NULL)
    return g_str_equal (image->id, choice->image);
  if (choice->disks == NULL || image->disk == NULL || image->is_root)
    return TRUE;
  for (char **name = choice->disks; *name != NULL; name++) {
    const VgDomainDisk *disk = vg_domain_find_disk (domain, *name, NULL);

    if (g_str_equal (disk != NULL ? disk->target : *name, image->disk))
      return TRUE;
  }
  return FALSE;
}

static gboolean
add_images (const VgRestoreChoice *choice, const VgDomain *domain,
            const VgImageSet *set, GArray *chosen, GError **error)
{
  for (guint i = 0; i < set->images->len; i++) {
    VgChosenImage one = { .image = set->images->pdata[i] };

    if (!may_count (choice, domain, one.image))
      continue;
    one.disk = find_disk (choice, domain, one.image, error);
    if (one.disk == NULL)
      return FALSE;
    for (guint j = 0; j < chosen->len; j++)
      if (g_array_index (chosen, VgChosenImage, j).disk == one.disk)
        return vg_restore_throw_target (
            error, domain, one.disk->target,
            "several images of that time are of it; choose one "
            "with --image");
    if (is_asked (choice, domain, one.disk))
      g_array_append_val (chosen, one);
  }
  return TRUE;
}

/* Each disk that was asked for has an image. */
static gboolean
check_asked (const VgRestoreChoice *choice, const VgDomain *domain,
             const GArray *chosen, GError **error)
{
  for (char **name = choice->disks; name != NULL && *name != NULL; name++) {
    const VgDomainDisk *disk = vg_domain_find_disk (domain, *name, error);
    gboolean found = FALSE;

    if (disk == NULL)
      return FALSE;
    for (guint i = 0; i < chosen->len; i++)
      found |= g_array_index (chosen, VgChosenImage, i).disk == disk;
    if (!found)
      return vg_restore_throw_target (
          error, domain, disk->target,
          choice->image != NULL
              ? "the image is of another disk"
              : "there is no image of it at that time; "
                "'virt-glance images' lists the disks of each");
  }
  return TRUE;
}

GArray *
vg_restore_choose (const VgRestoreChoice *choice, const VgDomain *domain,
                   VgGlance *glance, VgImageSet **set,
                   GCancellable *cancellable, GError **error)
{
  g_autoptr (GArray) chosen =
      g_array_new (FALSE, FALSE, sizeof (VgChosenImage));

  *set = choose_set (choice, domain, glance, cancellable, error);
  if (*set != NULL && add_images (choice, domain, *set, chosen, error)
      && check_asked (choice, domain, chosen, error))
    return g_steal_pointer (&chosen);
  g_clear_pointer (set, vg_image_set_free);
  return NULL;
}
