/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a disk to an image: map, data, image format, guard, upload; or a clone.
 * If cloning is refused, the same snapshot of the disk is uploaded. */
#include "job/transfer.h"

#include "image/image.h"
#include "image/qcow2-stream.h"
#include "job/images.h"
#include "job/rbd-clone.h"
#include "job/zeroes.h"
#include "journal/share.h"
#include "instant/tail-guard.h"
#include "util/text.h"
#include "plan/error.h"

/* The last try of an image whose length is a guess is certain: it has a length
 * into which all compressed data fit, or all zeroes are found first. */
#define MAX_TRIES 3
#define UNTOLD G_MAXUINT

typedef struct {
  const VgJob *job;
  VgInstant *instant;
  const VgPlanImage *planned;
  const VgPlanSource *source; /* at this instant */
  VgTransport way;            /* likewise */
  VgJobImage *image;
  guint number;  /* of the disk */
  guint percent; /* of the job, as it was told last; or UNTOLD */
} Transfer;

/* The images of a job count the same. */
static void
on_progress (guint64 sent, guint64 total, gpointer data)
{
  Transfer *transfer = data;
  const VgJob *job = transfer->job;
  double share = total > 0 ? (double) MIN (sent, total) / (double) total : 1;
  guint percent = (guint) (100 * (transfer->number + share)
                           / MAX (job->plan->images->len, 1));

  if (percent != transfer->percent && job->lock != NULL)
    vg_lock_set_percent (job->lock, percent);
  transfer->percent = percent;
  if (job->report->progress != NULL)
    job->report->progress (sent, total, job->report->data);
}

static guint64
ask_share (gpointer data)
{
  return vg_share_get (data);
}

/* Sets *share to the upload's part of the host's rate, or NULL without one. */
static gboolean
join_share (const VgJob *job, VgShare **share, GError **error)
{
  const VgConfig *config = job->config;

  *share = NULL;
  if (config->host_upload_rate == 0)
    return TRUE;
  *share = vg_share_join (config->state_path, job->journal->id,
                          config->host_upload_rate,
                          vg_request_get_rate (job->request, config), error);
  return *share != NULL;
}

static gboolean
upload_once (Transfer *transfer, VgBody *body, GError **error)
{
  const VgJob *job = transfer->job;
  const VgStoreChoice *choice = transfer->planned->choice;
  VgJobImage *image = transfer->image;
  g_autofree char *size = vg_text_format_size (body->length);
  g_autofree char *store = vg_store_describe (image->store);
  g_autoptr (VgImageRecord) record = NULL;
  g_autoptr (VgShare) share = NULL;
  VgUpload upload = {
    .image_id = image->id,
    .store = choice->name_store ? choice->store : NULL,
    .base_ref = choice->base_ref,
    .hash_algo = job->plan->hash_algo,
    .progress = on_progress,
    .progress_data = transfer,
  };

  vg_report_phase (job->report, "Uploading disk %s: %s of %s to %s",
                   image->disk, size, image->format, store);
  if (!join_share (job, &share, error))
    return FALSE;
  vg_glance_set_upload_pace (job->peers.glance,
                             share != NULL ? ask_share : NULL, share);
  record = vg_glance_upload (job->peers.glance, &upload, body, job->cancellable,
                             error);
  vg_glance_set_upload_pace (job->peers.glance, NULL, NULL);
  if (record == NULL)
    return FALSE;
  vg_images_note (image, record);
  return TRUE;
}

/* A guest writes what it likes to its disk: a partition table of two kinds, an
 * ISO image, a header of another format. A raw image of that may be refused,
 * while inside a qcow2 it is not looked at. Ciphertext has the disk's format.
 */
static void
explain_rejection (Transfer *transfer, GError *why)
{
  g_autofree char *message = NULL;

  if (!g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONTENT)
      || transfer->planned->format != VG_IMAGE_RAW
      || transfer->source->ciphertext)
    return;
  message = why->message;
  why->message = g_strdup_printf (
      "%s: --format qcow2, for example, which holds any content", message);
}

/* Glance can't go on with an image whose upload it lost track of. The instant
 * is still held, so its bytes are sent again to another one. */
static gboolean
upload_body (Transfer *transfer, VgBody *body, GError **error)
{
  const VgJob *job = transfer->job;

  for (guint n = 0;; n++) {
    g_autoptr (GError) why = NULL;

    if (upload_once (transfer, body, &why))
      return TRUE;
    if (!g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STUCK)
        || n >= job->config->num_retries) {
      if (g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STUCK))
        why->code = VG_GLANCE_ERROR_UNAVAILABLE;
      explain_rejection (transfer, why);
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
    vg_report_warning (job->report, "disk %s is sent again, to a new image: %s",
                       transfer->image->disk, why->message);
    if (!vg_images_replace (job, transfer->number, error)
        || !vg_body_rewind (body, error))
      return FALSE;
  }
}

static VgMap *
read_map (Transfer *transfer, VgDisk *disk, GError **error)
{
  gint64 began = g_get_monotonic_time ();
  VgMap *map = vg_disk_read_map (disk, transfer->job->cancellable, error);

  if (map != NULL)
    g_debug ("disk %s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
             " bytes are data, known after %" G_GINT64_FORMAT " ms",
             transfer->image->disk, vg_map_get_data_bytes (map), disk->size,
             (g_get_monotonic_time () - began) / 1000);
  return map;
}

/* The map's data, guarded, for reading before the upload begins. */
static VgBody *
open_data (Transfer *transfer, VgDisk *disk, const VgMap *map, GError **error)
{
  VgBody *data =
      vg_disk_open_data (disk, map, transfer->job->cancellable, error);

  return data != NULL ? vg_tail_guard_new (data, disk) : NULL;
}

/* Uploads the image's stream, which is taken. */
static gboolean
upload_stream (Transfer *transfer, VgDisk *disk, VgBody *stream, GError **error)
{
  g_autoptr (VgBody) body = NULL;

  if (stream == NULL)
    return FALSE;
  body = vg_tail_guard_new (stream, disk);
  transfer->image->begun = TRUE;
  return upload_body (transfer, body, error);
}

static gboolean
upload_plain (Transfer *transfer, VgDisk *disk, const VgMap *map,
              GError **error)
{
  VgBody *data = open_data (transfer, disk, map, error);

  return data != NULL
         && upload_stream (
             transfer, disk,
             vg_image_new (transfer->planned->format, map, data, error), error);
}

/* The same, with all zeroes found first. */
static gboolean
upload_found (Transfer *transfer, VgDisk *disk, const VgMap *map,
              GError **error)
{
  g_autoptr (VgMap) found =
      vg_zeroes_drop (transfer->job, transfer->image->disk, disk, map, error);

  return found != NULL && upload_plain (transfer, disk, found, error);
}

static gboolean
read_sample (Transfer *transfer, VgDisk *disk, const VgMap *map,
             const VgCodecLevels *levels, VgEstimate *estimate, GError **error)
{
  g_autoptr (VgMap) sample = vg_estimate_choose (estimate, map);
  g_autoptr (VgBody) data = open_data (transfer, disk, sample, error);

  return data != NULL
         && vg_estimate_read (estimate, levels, sample, data, error);
}

/* One try of an image whose length is chosen by a sample. */
static gboolean
try_sampled (Transfer *transfer, VgDisk *disk, const VgMap *map,
             VgEstimate *estimate, gboolean whole, GError **error)
{
  const VgPlanImage *planned = transfer->planned;
  gboolean plain = planned->compression == VG_COMPRESSION_NONE;
  VgCodecLevels levels =
      vg_codec_get_levels (planned->compression, planned->compression_level);
  VgBody *data;

  if (plain && whole)
    return upload_found (transfer, disk, map, error);
  if (!whole && !read_sample (transfer, disk, map, &levels, estimate, error))
    return FALSE;
  if (plain && !vg_zeroes_are_many (map, estimate))
    return upload_plain (transfer, disk, map, error);
  data = open_data (transfer, disk, map, error);
  return data != NULL
         && upload_stream (
             transfer, disk,
             vg_qcow2_stream_new (&levels, map, data, estimate, whole, error),
             error);
}

/* Glance discards an upload that ends too early, but may need a moment for it:
 * so the bytes go to another image. */
static gboolean
upload_sampled (Transfer *transfer, VgDisk *disk, const VgMap *map,
                GError **error)
{
  g_autoptr (VgEstimate) estimate = vg_estimate_new (map);

  for (guint n = 1;; n++) {
    g_autoptr (GError) why = NULL;

    if (try_sampled (transfer, disk, map, estimate, n == MAX_TRIES, &why))
      return TRUE;
    if (!g_error_matches (why, VG_IMAGE_ERROR, VG_IMAGE_ERROR_TIGHT)) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
    vg_report_warning (transfer->job->report,
                       "disk %s is sent again, to a new image: %s",
                       transfer->image->disk, why->message);
    if (!vg_images_replace (transfer->job, transfer->number, error))
      return FALSE;
  }
}

/* A raw image has all zeroes, and a compressed one none. */
static gboolean
upload_map (Transfer *transfer, VgDisk *disk, const VgMap *map, GError **error)
{
  const VgPlanImage *planned = transfer->planned;

  if (planned->compression != VG_COMPRESSION_NONE)
    return upload_sampled (transfer, disk, map, error);
  if (planned->format != VG_IMAGE_QCOW2)
    return upload_plain (transfer, disk, map, error);
  switch (vg_zeroes_look (transfer->job, disk, map, error)) {
  case VG_ZEROES_FAILED:
    return FALSE;
  case VG_ZEROES_FEW:
    return upload_plain (transfer, disk, map, error);
  case VG_ZEROES_SAMPLE:
    return upload_sampled (transfer, disk, map, error);
  case VG_ZEROES_DROP:
    return upload_found (transfer, disk, map, error);
  }
  g_assert_not_reached ();
}

static gboolean
upload_disk (Transfer *transfer, GError **error)
{
  g_autoptr (VgDisk) disk = NULL;
  g_autoptr (VgMap) map = NULL;

  disk = vg_instant_open (transfer->instant, transfer->source, error);
  if (disk == NULL)
    return FALSE;
  map = read_map (transfer, disk, error);
  return map != NULL && upload_map (transfer, disk, map, error);
}

static void
set_way (VgJobImage *image, VgTransport way)
{
  g_free (image->way);
  image->way = g_strdup (vg_transport_to_string (way));
}

static gboolean
clone_disk (Transfer *transfer, GError **error)
{
  VgJobImage *image = transfer->image;
  g_autofree char *store = vg_store_describe (image->store);
  g_autoptr (GError) why = NULL;

  switch (vg_rbd_clone_make (transfer->job, transfer->planned, transfer->source,
                             image, &why)) {
  case VG_RBD_CLONE_DONE:
    return TRUE;
  case VG_RBD_CLONE_FAILED:
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  case VG_RBD_CLONE_REFUSED:
    break;
  }
  vg_report_warning (transfer->job->report,
                     "disk %s is not cloned into %s but uploaded: %s",
                     image->disk, store, why->message);
  set_way (image, VG_TRANSPORT_STREAM);
  return upload_disk (transfer, error);
}

gboolean
vg_transfer_disk (const VgJob *job, VgInstant *instant, guint number,
                  GError **error)
{
  const VgPlanDisk planned = vg_plan_get_disk (job->plan, number);
  const VgPlanSource *source = job->sources->list->pdata[number];
  VgTransport way = vg_instant_get_transport (instant, source);
  Transfer transfer = { .job = job,
                        .instant = instant,
                        .planned = planned.image,
                        .source = source,
                        .way = way,
                        .image = job->journal->images->pdata[number],
                        .number = number,
                        .percent = UNTOLD };

  if (source->ciphertext != planned.source->ciphertext) {
    g_set_error (
        error, VG_PLAN_ERROR, VG_PLAN_ERROR_DISK,
        "its encryption changed while the snapshot was taken; try again");
    return FALSE;
  }
  if (way == VG_TRANSPORT_CLONE && planned.source->way == way) {
    set_way (transfer.image, way);
    return clone_disk (&transfer, error);
  }
  /* Don't clone a disk for which no clone was planned. */
  set_way (transfer.image,
           way == VG_TRANSPORT_CLONE ? VG_TRANSPORT_STREAM : way);
  return upload_disk (&transfer, error);
}
