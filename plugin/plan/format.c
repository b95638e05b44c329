/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choice of an image's format. The request takes precedence over the
 * configuration. Requesting a compression implies qcow2. */
#include "plan/format.h"

#include <string.h>

#include "plan/encryption.h"
#include "util/text.h"
#include "request/error.h"
#include "request/check.h"

static gboolean
throw_request (GError **error, const char *why)
{
  g_set_error_literal (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID, why);
  return FALSE;
}

/* Like in nova.conf: true means qemu-img's default; or a name. */
static const char *
get_configured (const VgConfig *config)
{
  if (strcmp (config->snapshot_compression, "true") == 0)
    return "zlib";
  if (strcmp (config->snapshot_compression, "false") == 0)
    return "none";
  return config->snapshot_compression;
}

/* Default format. Images in Ceph are raw, as guests' disks can be cloned from
 * no others. A store of unknown type may be in Ceph, if disks are. */
static void
choose_by_place (VgPlanImage *image, const VgPlanSource *source)
{
  const char *type = image->choice != NULL ? image->choice->type : NULL;

  image->format = VG_IMAGE_RAW;
  if (g_strcmp0 (type, "rbd") == 0) {
    image->format_reason = "the store is Ceph";
  } else if (type == NULL && vg_source_is_rbd (source->disk->source)) {
    image->format_reason =
        "the disk is in Ceph, and the store's type is unknown";
  } else {
    image->format = VG_IMAGE_QCOW2;
    image->format_reason = "zeroes are not sent";
  }
}

static gboolean
choose_format (VgPlanImage *image, const VgPlanSource *source,
               const VgRequest *request, const VgConfig *config, GError **error)
{
  const char *wanted =
      request->format ? request->format : config->snapshot_image_format;
  gboolean ok;

  if (request->format == NULL && image->compression != VG_COMPRESSION_NONE
      && request->compress != NULL) {
    image->format = VG_IMAGE_QCOW2;
    image->format_reason = "compressed, as asked for";
    return TRUE;
  }
  if (wanted == NULL) {
    choose_by_place (image, source);
    return TRUE;
  }
  image->format_reason =
      request->format ? "as asked for" : "[libvirt] snapshot_image_format";
  ok = vg_image_format_from_string (wanted, &image->format);
  if (!ok)
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "there is no image format '%s'; it is raw or qcow2", wanted);
  return ok;
}

/* A format without compression is an error only if compression was requested.
 */
static gboolean
check_compression (VgPlanImage *image, const VgPlanSource *source,
                   const VgRequest *request, GError **error)
{
  if (image->format == VG_IMAGE_QCOW2
      || image->compression == VG_COMPRESSION_NONE)
    return TRUE;
  image->compression = VG_COMPRESSION_NONE;
  if (request->compress == NULL)
    return TRUE;
  return throw_request (
      error, source->ciphertext ? "an image of ciphertext can't be compressed"
                                : "a raw image can't be compressed; use "
                                  "--format qcow2");
}

gboolean
vg_format_choose (VgPlanImage *image, const VgPlanSource *source,
                  const VgRequest *request, const VgConfig *config,
                  GError **error)
{
  const char *compress =
      request->compress != NULL ? request->compress : get_configured (config);

  image->compression = VG_COMPRESSION_NONE;
  vg_compression_parse (compress, &image->compression,
                        &image->compression_level);
  if (source->ciphertext) {
    image->format = VG_IMAGE_RAW;
    image->format_reason = "the ciphertext as it is";
    image->disk_format = vg_encryption_get_format (source->disk);
    return check_compression (image, source, request, error);
  }
  if (!choose_format (image, source, request, config, error))
    return FALSE;
  image->disk_format = vg_image_format_to_string (image->format);
  return check_compression (image, source, request, error);
}
