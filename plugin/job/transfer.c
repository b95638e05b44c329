/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a disk to an image: map, data, image format, guard, upload; or a clone,
 * and where that is refused, the same snapshot of the disk by the former way.
 */
#include "job/transfer.h"

#include "image/image.h"
#include "image/qcow2-compressed.h"
#include "job/rbd-clone.h"
#include "instant/tail-guard.h"
#include "util/text.h"
#include "plan/error.h"

static gboolean
upload_image (const VgImages *images, const VgPlanDisk *planned,
              VgJobImage *image, VgBody *body, GError **error)
{
  g_autofree char *size = vg_text_format_size (body->length);
  g_autofree char *store = vg_store_describe (image->store);
  g_autoptr (VgImageRecord) record = NULL;
  VgUpload upload = {
    .image_id = image->id,
    .store = planned->choice->name_store ? planned->choice->store : NULL,
    .base_ref = planned->choice->base_ref,
    .hash_algo = images->plan->hash_algo,
    .progress = images->report->progress,
    .progress_data = images->report->data,
  };

  vg_report_phase (images->report, "Uploading disk %s: %s of %s to %s",
                   image->disk, size, image->format, store);
  record = vg_glance_upload (images->glance, &upload, body, images->cancellable,
                             error);
  if (record == NULL)
    return FALSE;
  image->size = record->size;
  return TRUE;
}

static VgMap *
read_map (const VgImages *images, VgDisk *disk, const VgJobImage *image,
          GError **error)
{
  gint64 began = g_get_monotonic_time ();
  VgMap *map = vg_disk_read_map (disk, images->cancellable, error);

  if (map != NULL)
    g_debug ("disk %s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
             " bytes are data, known after %" G_GINT64_FORMAT " ms",
             image->disk, vg_map_get_data_bytes (map), disk->size,
             (g_get_monotonic_time () - began) / 1000);
  return map;
}

/* The map's data, watched while they are read before the upload begins. */
static VgBody *
open_data (const VgImages *images, VgDisk *disk, const VgMap *map,
           GError **error)
{
  VgBody *data = vg_disk_open_data (disk, map, images->cancellable, error);

  return data != NULL ? vg_tail_guard_new (data, disk) : NULL;
}

/* Whether zeroes are worth looking for: QEMU knew of none, which of raw files
 * and of devices may mean that it can't tell. */
static gboolean
is_unknown (const VgPlanDisk *planned, const VgPlanDisk *current,
            const VgMap *map)
{
  const char *format = current->disk->source->format;

  return planned->format == VG_IMAGE_QCOW2
         && planned->compression == VG_COMPRESSION_NONE
         && current->way == VG_TRANSPORT_READ
         && (format == NULL || g_str_equal (format, "raw"))
         && vg_map_get_n_data_blocks (map) == vg_map_get_n_blocks (map);
}

static VgMap *
find_zeroes (const VgImages *images, VgDisk *disk, const VgMap *map,
             const VgJobImage *image, GError **error)
{
  g_autofree char *size = vg_text_format_size (disk->size);
  g_autoptr (VgBody) data = open_data (images, disk, map, error);

  if (data == NULL)
    return NULL;
  vg_report_phase (images->report, "Looking for zeroes on disk %s: %s",
                   image->disk, size);
  return vg_qcow2_compressed_find_zeroes (map, data, images->report->progress,
                                          images->report->data, error);
}

/* The image's bytes; with *map, which must outlive it. */
static VgBody *
open_stream (const VgImages *images, const VgPlanDisk *planned, VgDisk *disk,
             const VgMap *map, const VgJobImage *image, GError **error)
{
  g_autofree char *size = vg_text_format_size (vg_map_get_data_bytes (map));
  VgBody *data = open_data (images, disk, map, error);

  if (data == NULL)
    return NULL;
  if (planned->compression == VG_COMPRESSION_NONE)
    return vg_image_new (planned->format, map, data, error);
  vg_report_phase (images->report,
                   "Compressing disk %s, to learn the image's size: %s",
                   image->disk, size);
  return vg_qcow2_compressed_new (planned->compression, map, data,
                                  images->report->progress,
                                  images->report->data, error);
}

static gboolean
upload_disk (const VgImages *images, const VgPlanDisk *planned,
             const VgPlanDisk *current, VgDisk *disk, VgJobImage *image,
             GError **error)
{
  g_autoptr (VgMap) map = read_map (images, disk, image, error);
  g_autoptr (VgBody) body = NULL;
  VgBody *stream;

  if (map != NULL && is_unknown (planned, current, map)) {
    VgMap *found = find_zeroes (images, disk, map, image, error);

    vg_map_free (map);
    map = found;
  }
  if (map == NULL)
    return FALSE;
  stream = open_stream (images, planned, disk, map, image, error);
  if (stream == NULL)
    return FALSE;
  body = vg_tail_guard_new (stream, disk);
  image->begun = TRUE;
  return upload_image (images, planned, image, body, error);
}

/* Whether the disk can, and is to be, cloned. */
static gboolean
is_direct (const VgPlanDisk *planned, const VgPlanDisk *current)
{
  return planned->way == VG_TRANSPORT_CLONE
         && current->way == VG_TRANSPORT_CLONE;
}

static void
set_way (VgJobImage *image, VgTransport way)
{
  g_free (image->way);
  image->way = g_strdup (vg_transport_to_string (way));
}

gboolean
vg_transfer_disk (const VgTransfer *transfer, const VgPlanDisk *planned,
                  const VgPlanDisk *current, VgJobImage *image, GError **error)
{
  const VgImages *images = transfer->images;
  g_autofree char *store = vg_store_describe (image->store);
  g_autoptr (GError) why = NULL;
  g_autoptr (VgDisk) disk = NULL;

  if (current->ciphertext != planned->ciphertext) {
    g_set_error (error, VG_PLAN_ERROR, VG_PLAN_ERROR_DISK,
                 "its encryption was changed while the snapshot was taken; try "
                 "again");
    return FALSE;
  }
  set_way (image, current->way);
  if (is_direct (planned, current))
    switch (vg_rbd_clone_make (images, transfer->ceph, planned, current, image,
                               &why)) {
    case VG_RBD_CLONE_DONE:
      return TRUE;
    case VG_RBD_CLONE_FAILED:
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    case VG_RBD_CLONE_REFUSED:
      vg_report_warning (images->report,
                         "disk %s is not cloned into %s but uploaded: %s",
                         image->disk, store, why->message);
    }
  if (current->way == VG_TRANSPORT_CLONE)
    set_way (image, VG_TRANSPORT_STREAM);
  disk = vg_instant_open (transfer->instant, current, error);
  return disk != NULL
         && upload_disk (images, planned, current, disk, image, error);
}
