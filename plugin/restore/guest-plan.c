/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads only. The file of a disk is looked at by a child first, because its
 * file system may not answer. */
#include "restore/guest-plan.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/disk.h"
#include "disk/look.h"
#include "disk/overwrite.h"
#include "restore/permit.h"
#include "util/text.h"

/* Of qcow2's header: magic, and the virtual size, big-endian. */
#define QCOW2_MAGIC "QFI\xfb"
#define QCOW2_SIZE 24

static void
free_disk (gpointer data)
{
  VgGuestDisk *disk = data;

  g_free (disk->target);
  g_free (disk->path);
  vg_image_record_free (disk->image);
  g_free (disk->old);
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

gboolean
vg_guest_plan_check_unused (const char *path, GCancellable *cancellable,
                            GError **error)
{
  return vg_disk_check_no_writer (
      path,
      "replaced: another guest, or another program of QEMU, has it open for "
      "writing; end that first",
      cancellable, error);
}

/* The file */

static char *
get_path (const VgDomain *domain, const VgDomainDisk *disk, VgGuest *guest,
          GError **error)
{
  const VgSource *source = disk->source;

  if (source->type == VG_SOURCE_FILE || source->type == VG_SOURCE_BLOCK)
    return g_strdup (source->path);
  if (source->type == VG_SOURCE_VOLUME)
    return vg_guest_get_volume_path (guest, source->pool, source->volume,
                                     error);
  vg_restore_throw_disk (error, domain, disk,
                         "it is neither a file nor a block device; "
                         "'virt-glance restore IMAGE --to FILE' "
                         "gets its image");
  return NULL;
}

char *
vg_guest_plan_find_file (const VgDomain *domain, const VgDomainDisk *disk,
                         VgGuest *guest, gboolean *is_block,
                         GCancellable *cancellable, GError **error)
{
  g_autofree char *path = get_path (domain, disk, guest, error);
  g_autofree char *shown = path != NULL ? vg_text_clean (path, 0) : NULL;
  VgFileFacts facts;
  char *real;

  if (path == NULL
      || !vg_disk_look ((const char *const *) &path, 1, &facts, cancellable,
                        error))
    return NULL;
  if (facts.error != 0) {
    vg_restore_throw_disk (error, domain, disk, "%s can't be found: %s", shown,
                           g_strerror (facts.error));
    return NULL;
  }
  *is_block = S_ISBLK (facts.mode);
  if (!S_ISREG (facts.mode) && !*is_block) {
    vg_restore_throw_disk (error, domain, disk,
                           "%s is neither a file nor a block device", shown);
    return NULL;
  }
  real = realpath (path, NULL);
  if (real == NULL)
    vg_restore_throw_disk (error, domain, disk, "%s can't be found", shown);
  return real;
}

/* 0: unknown. */
static guint64
get_capacity (const char *path, const char *format, guint64 size,
              GCancellable *cancellable)
{
  VgDiskHeader header;
  guint64 capacity;

  if (g_str_equal (format, "raw"))
    return size;
  if (!vg_disk_read_header (path, &header, cancellable, NULL)
      || header.length < QCOW2_SIZE + sizeof capacity
      || memcmp (header.bytes, QCOW2_MAGIC, 4) != 0)
    return 0;
  memcpy (&capacity, header.bytes + QCOW2_SIZE, sizeof capacity);
  return GUINT64_FROM_BE (capacity);
}

/* There is no copy of the old content of a block device. */
static gboolean
plan_device (VgGuestDisk *plan, const VgDomain *domain,
             const VgDomainDisk *disk, gboolean overwrite,
             const VgConfig *config, GCancellable *cancellable, GError **error)
{
  int fd;

  if (!overwrite)
    return vg_restore_throw_disk (
        error, domain, disk,
        "it is the block device %s, which is overwritten in place: its present "
        "content is lost; say --overwrite if that is meant, or choose other "
        "disks with --disk",
        plan->path);
  fd = vg_overwrite_open (plan->path, &plan->device_size, error);
  if (fd < 0)
    return FALSE;
  close (fd);
  plan->was =
      get_capacity (plan->path, plan->format, plan->device_size, cancellable);
  if (plan->capacity > plan->device_size && g_str_equal (plan->format, "raw"))
    return vg_restore_throw_disk (
        error, domain, disk,
        "its image has %" G_GUINT64_FORMAT
        " bytes, and %s has %" G_GUINT64_FORMAT "; enlarge it first",
        plan->capacity, plan->path, plan->device_size);
  /* It is there once the job makes its directory in it. */
  if (!vg_new_file_get_space (config->snapshots_directory, &plan->space, NULL))
    plan->space = 0;
  return TRUE;
}

static gboolean
plan_place (VgGuestDisk *plan, const VgDomain *domain, const VgDomainDisk *disk,
            gboolean overwrite, const VgConfig *config, VgGuest *guest,
            GCancellable *cancellable, GError **error)
{
  struct stat now;

  plan->path = vg_guest_plan_find_file (domain, disk, guest, &plan->is_block,
                                        cancellable, error);
  if (plan->path == NULL
      || !vg_guest_plan_check_unused (plan->path, cancellable, error))
    return FALSE;
  if (plan->is_block)
    return plan_device (plan, domain, disk, overwrite, config, cancellable,
                        error);
  if (!vg_new_file_get_space (plan->path, &plan->space, error))
    return FALSE;
  if (stat (plan->path, &now) != 0)
    return vg_restore_throw_disk (error, domain, disk, "%s can't be found",
                                  plan->path);
  plan->uid = now.st_uid;
  plan->gid = now.st_gid;
  plan->mode = now.st_mode & 07777;
  plan->was = get_capacity (plan->path, plan->format, (guint64) now.st_size,
                            cancellable);
  return TRUE;
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
plan_image (VgGuestDisk *plan, const VgDomain *domain, const VgDomainDisk *disk,
            const VgListedImage *image, VgGlance *glance,
            GCancellable *cancellable, GError **error)
{
  plan->format = find_format (disk->source);
  if (plan->format == NULL)
    return vg_restore_throw_disk (
        error, domain, disk,
        "its format is '%s', and only raw and qcow2 are restored in place; "
        "'virt-glance restore %s --to FILE --format FORMAT' makes a file of it",
        disk->source->format, image->id);
  plan->image = vg_glance_get_image (glance, image->id, cancellable, error);
  if (plan->image == NULL)
    return FALSE;
  if (!vg_fetch_plan (&plan->fetch, plan->image, plan->format, error)) {
    g_prefix_error (error,
                    "disk %s of domain %s can't be restored: ", disk->target,
                    domain->name);
    return FALSE;
  }
  plan->capacity = image->capacity;
  return check_encryption (plan, domain, disk, error);
}

static gboolean
add_disk (VgGuestPlan *plan, const VgChosenImage *chosen, gboolean overwrite,
          const VgConfig *config, VgGuest *guest, VgGlance *glance,
          GCancellable *cancellable, GError **error)
{
  VgGuestDisk *disk = g_new0 (VgGuestDisk, 1);

  g_ptr_array_add (plan->disks, disk);
  disk->target = g_strdup (chosen->disk->target);
  return vg_restore_permit_disk (plan->domain, chosen->disk, error)
         && plan_image (disk, plan->domain, chosen->disk, chosen->image, glance,
                        cancellable, error)
         && plan_place (disk, plan->domain, chosen->disk, overwrite, config,
                        guest, cancellable, error);
}

VgGuestPlan *
vg_guest_plan_new (const VgRestoreChoice *choice, gboolean overwrite,
                   const VgConfig *config, VgGuest *guest, VgGlance *glance,
                   GCancellable *cancellable, GError **error)
{
  g_autoptr (VgGuestPlan) plan = g_new0 (VgGuestPlan, 1);
  g_autoptr (GArray) chosen = NULL;

  plan->disks = g_ptr_array_new_with_free_func (free_disk);
  plan->domain = vg_guest_read (guest, error);
  if (plan->domain == NULL
      || !vg_restore_permit_guest (guest, plan->domain, error))
    return NULL;
  chosen = vg_restore_choose (choice, plan->domain, glance, &plan->set,
                              cancellable, error);
  if (chosen == NULL)
    return NULL;
  for (guint i = 0; i < chosen->len; i++)
    if (!add_disk (plan, &g_array_index (chosen, VgChosenImage, i), overwrite,
                   config, guest, glance, cancellable, error))
      return NULL;
  return g_steal_pointer (&plan);
}
