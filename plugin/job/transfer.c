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
upload_image (const VgImages *images, const VgPlanImage *planned,
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
is_unknown (const VgPlanImage *planned, const VgPlanSource *source,
            VgTransport way, const VgMap *map)
{
  const char *format = source->disk->source->format;

  return planned->format == VG_IMAGE_QCOW2
         && planned->compression == VG_COMPRESSION_NONE
         && way == VG_TRANSPORT_READ
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
open_stream (const VgImages *images, const VgPlanImage *planned, VgDisk *disk,
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

/* The disk at the instant, as a map of its data; zeroes are looked for where
 * they may be worth it. */
static VgMap *
find_data (const VgTransfer *transfer, const VgPlanImage *planned,
           const VgPlanSource *current, VgDisk *disk, const VgJobImage *image,
           GError **error)
{
  VgTransport way = vg_instant_get_transport (transfer->instant, current);
  g_autoptr (VgMap) map = read_map (transfer->images, disk, image, error);

  if (map == NULL || !is_unknown (planned, current, way, map))
    return g_steal_pointer (&map);
  return find_zeroes (transfer->images, disk, map, image, error);
}

static gboolean
upload_disk (const VgTransfer *transfer, const VgPlanImage *planned,
             const VgPlanSource *current, VgJobImage *image, GError **error)
{
  const VgImages *images = transfer->images;
  g_autoptr (VgDisk) disk = NULL;
  g_autoptr (VgMap) map = NULL;
  g_autoptr (VgBody) body = NULL;
  VgBody *stream;

  disk = vg_instant_open (transfer->instant, current, error);
  if (disk == NULL)
    return FALSE;
  map = find_data (transfer, planned, current, disk, image, error);
  if (map == NULL)
    return FALSE;
  stream = open_stream (images, planned, disk, map, image, error);
  if (stream == NULL)
    return FALSE;
  body = vg_tail_guard_new (stream, disk);
  image->begun = TRUE;
  return upload_image (images, planned, image, body, error);
}

static void
set_way (VgJobImage *image, VgTransport way)
{
  g_free (image->way);
  image->way = g_strdup (vg_transport_to_string (way));
}

gboolean
vg_transfer_disk (const VgTransfer *transfer, const VgPlanDisk *planned,
                  const VgPlanSource *current, VgJobImage *image,
                  GError **error)
{
  const VgImages *images = transfer->images;
  VgTransport way = vg_instant_get_transport (transfer->instant, current);
  g_autofree char *store = vg_store_describe (image->store);
  g_autoptr (GError) why = NULL;

  if (current->ciphertext != planned->source->ciphertext) {
    g_set_error (error, VG_PLAN_ERROR, VG_PLAN_ERROR_DISK,
                 "its encryption was changed while the snapshot was taken; try "
                 "again");
    return FALSE;
  }
  set_way (image, way);
  /* Cloned, if it can be, and was to be. */
  if (way == VG_TRANSPORT_CLONE && planned->source->way == VG_TRANSPORT_CLONE)
    switch (vg_rbd_clone_make (images, transfer->ceph, planned->image, current,
                               image, &why)) {
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
  if (way == VG_TRANSPORT_CLONE)
    set_way (image, VG_TRANSPORT_STREAM);
  return upload_disk (transfer, planned->image, current, image, error);
}
