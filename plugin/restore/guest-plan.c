/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads only. */
#include "restore/guest-plan.h"

#include <unistd.h>

#include "domain/backing-store.h"
#include "host/define.h"
#include "restore/kind.h"
#include "restore/permit.h"

static void
free_disk (gpointer data)
{
  VgGuestDisk *disk = data;

  g_free (disk->target);
  g_free (disk->path);
  vg_image_record_free (disk->image);
  g_free (disk->old);
  if (disk->from >= 0)
    close (disk->from);
  if (disk->to >= 0)
    close (disk->to);
  vg_ceph_address_free (disk->address);
  g_free (disk->parent);
  g_free (disk);
}

void
vg_guest_plan_free (VgGuestPlan *plan)
{
  if (plan == NULL)
    return;
  vg_domain_free (plan->domain);
  vg_image_set_free (plan->set);
  g_ptr_array_unref (plan->disks);
  g_free (plan);
}

/* The image */

static const char *
find_format (const VgSource *source)
{
  static const char *const formats[] = { "raw", "qcow2" };

  if (source->format == NULL)
    return formats[0];
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_equal (source->format, formats[i]))
      return formats[i];
  return NULL;
}

/* The properties of plan/encryption.h. */
static gboolean
is_ciphertext (const VgImageRecord *image)
{
  return vg_json_get_bool (image->json, "hw_ephemeral_encryption", FALSE)
         || vg_json_get_string (image->json, "cinder_encryption_key_id") != NULL
         || vg_json_get_string (image->json, "os_encrypt_key_id") != NULL;
}

static gboolean
check_encryption (const VgGuestDisk *plan, const VgDomain *domain,
                  const VgDomainDisk *disk, GError **error)
{
  gboolean encrypted = vg_source_find_encrypted (disk->source) != NULL;

  if (encrypted == is_ciphertext (plan->image)
      && (!encrypted || plan->fetch.to == NULL))
    return TRUE;
  if (!encrypted)
    return vg_restore_throw_disk (error, domain, disk,
                                  "image %s is encrypted, and the disk is not",
                                  plan->image->id);
  return vg_restore_throw_disk (
      error, domain, disk,
      "it is encrypted, and image %s has not its ciphertext in the disk's "
      "format; 'virt-glance restore %s --to FILE' gets the image",
      plan->image->id, plan->image->id);
}

static gboolean
plan_image (VgGuestDisk *plan, const VgGuestLook *look,
            const VgDomainDisk *disk, const VgListedImage *image,
            GError **error)
{
  plan->format = find_format (disk->source);
  if (plan->format == NULL)
    return vg_restore_throw_disk (
        error, look->domain, disk,
        "its format is '%s', and only raw and qcow2 are restored in place; "
        "'virt-glance restore %s --to FILE --format FORMAT' makes a file of it",
        disk->source->format, image->id);
  plan->image = vg_glance_get_image (look->peers.glance, image->id,
                                     look->cancellable, error);
  if (plan->image == NULL)
    return FALSE;
  if (!vg_fetch_plan (&plan->fetch, plan->image, plan->format, error)) {
    g_prefix_error (error,
                    "disk %s of domain %s can't be restored: ", disk->target,
                    look->domain->name);
    return FALSE;
  }
  plan->capacity = image->capacity;
  return check_encryption (plan, look->domain, disk, error);
}

static gboolean
plan_place (VgGuestDisk *plan, const VgGuestLook *look,
            const VgDomainDisk *disk, GError **error)
{
  plan->kind = vg_disk_kind_find (look, disk, &plan->path, error);
  return plan->kind != NULL && plan->kind->plan (plan, look, disk, error)
         && plan->kind->check_unused (plan, look, error);
}

/* Whether the definition can do without it. */
static gboolean
check_chain (const VgGuestDisk *disk, VgGuest *guest, GError **error)
{
  g_autofree char *now = NULL, *then = NULL, *removed = NULL;

  if (!disk->chained)
    return TRUE;
  now = vg_guest_get_whole_definition (guest, error);
  return now != NULL
         && vg_backing_store_remove (now, disk->target, &then, &removed, error);
}

static gboolean
add_disk (VgGuestPlan *plan, const VgGuestLook *look,
          const VgChosenImage *chosen, GError **error)
{
  VgGuestDisk *disk = g_new0 (VgGuestDisk, 1);

  g_ptr_array_add (plan->disks, disk);
  disk->from = disk->to = -1;
  disk->target = g_strdup (chosen->disk->target);
  disk->chained = chosen->disk->source->backing != NULL;
  return vg_restore_permit_disk (plan->domain, chosen->disk, error)
         && check_chain (disk, look->peers.guest, error)
         && plan_image (disk, look, chosen->disk, chosen->image, error)
         && plan_place (disk, look, chosen->disk, error);
}

VgGuestPlan *
vg_guest_plan_new (const VgRestoreChoice *choice, gboolean overwrite,
                   const VgConfig *config, const VgPeers *peers,
                   GCancellable *cancellable, GError **error)
{
  g_autoptr (VgGuestPlan) plan = g_new0 (VgGuestPlan, 1);
  g_autoptr (GArray) chosen = NULL;
  VgGuestLook look = { .config = config,
                       .peers = *peers,
                       .overwrite = overwrite,
                       .cancellable = cancellable };

  plan->disks = g_ptr_array_new_with_free_func (free_disk);
  look.domain = plan->domain = vg_guest_read (peers->guest, error);
  if (plan->domain == NULL
      || !vg_restore_permit_guest (peers->guest, plan->domain, error))
    return NULL;
  chosen = vg_restore_choose (choice, plan->domain, peers->glance, &plan->set,
                              cancellable, error);
  if (chosen == NULL)
    return NULL;
  for (guint i = 0; i < chosen->len; i++)
    if (!add_disk (plan, &look, &g_array_index (chosen, VgChosenImage, i),
                   error))
      return NULL;
  return g_steal_pointer (&plan);
}
