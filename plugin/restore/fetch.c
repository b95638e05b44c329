/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One file for the image as it is; another one for the converted image, if the
 * formats differ: qemu-img has to read the image here and there. */
#include "restore/fetch.h"

#include <string.h>

#include "disk/convert.h"
#include "glance/download.h"
#include "request/error.h"
#include "util/text.h"

#define MAX_SHOWN 80
#define WRITE_EVERY ((guint64) 32 << 20) /* bytes */

/* https://docs.openstack.org/glance/latest/user/formats.html */
static const struct {
  const char *glance;
  const char *qemu;
  gboolean is_made; /* by qemu-img, if asked for */
} formats[] = {
  { "raw", "raw", TRUE },   { "qcow2", "qcow2", TRUE },
  { "vmdk", "vmdk", TRUE }, { "vdi", "vdi", TRUE },
  { "vhd", "vpc", TRUE },   { "vhdx", "vhdx", TRUE },
  { "iso", "raw", FALSE },  { "ploop", "parallels", FALSE },
};

/* -1: unknown. */
static int
find_format (const char *name)
{
  for (gsize i = 0; name != NULL && i < G_N_ELEMENTS (formats); i++)
    if (g_str_equal (formats[i].glance, name)
        || (formats[i].is_made && g_str_equal (formats[i].qemu, name)))
      return (int) i;
  return -1;
}

static gboolean
check_state (const VgImageRecord *image, GError **error)
{
  g_autofree char *status = vg_text_clean (image->status, MAX_SHOWN);
  g_autofree char *id = vg_text_clean (image->id, MAX_SHOWN);

  if (strcmp (image->status, "active") != 0)
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFLICT,
                 "image %s can't be restored: it is in the state '%s', and "
                 "only an active image has all its data",
                 id, status);
  else if (image->size == 0)
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFLICT,
                 "image %s can't be restored: it has no data, as an image of "
                 "an instance whose disks are volumes",
                 id);
  else
    return TRUE;
  return FALSE;
}

/* Sets the formats. */
static gboolean
plan_format (VgFetch *fetch, const char *wanted, GError **error)
{
  const char *own = fetch->image->disk_format;
  int from = find_format (own), to = find_format (wanted);
  g_autofree char *shown = vg_text_clean (own, MAX_SHOWN);

  fetch->format = own;
  if (wanted == NULL || g_strcmp0 (own, wanted) == 0)
    return TRUE;
  if (to < 0 || !formats[to].is_made) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "--format can't be '%s'; it is raw, qcow2, vmdk, vdi, vhd or "
                 "vhdx",
                 wanted);
    return FALSE;
  }
  if (from < 0) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "image %s is in the format '%s', from which it can't be "
                 "converted; it can be restored to a file in that format",
                 fetch->image->id, shown);
    return FALSE;
  }
  fetch->format = formats[to].glance;
  if (g_str_equal (formats[from].qemu, formats[to].qemu))
    return TRUE;
  fetch->from = formats[from].qemu;
  fetch->to = formats[to].qemu;
  return TRUE;
}

gboolean
vg_fetch_plan (VgFetch *fetch, const VgImageRecord *image, const char *format,
               GError **error)
{
  *fetch = (VgFetch){ .image = image };
  fetch->algorithm = vg_download_get_algorithm (image);
  return check_state (image, error) && plan_format (fetch, format, error);
}

/* The file that is downloaded to. */
typedef struct {
  VgNewFile *file;
  gboolean is_last; /* it is not converted afterwards */
  guint64 until;    /* its data up to there are on their way to the disk */
} Target;

static gboolean
write_file (gpointer data, guint64 offset, const char *bytes, gsize n,
            GError **error)
{
  Target *target = data;

  if (!vg_new_file_write (target->file, offset, bytes, n, error))
    return FALSE;
  if (target->is_last && offset + n >= target->until + WRITE_EVERY) {
    vg_new_file_start_writing (target->file);
    target->until = offset + n;
  }
  return TRUE;
}

static gboolean
restart_file (gpointer data, GError **error)
{
  Target *target = data;

  target->until = 0;
  return vg_new_file_set_length (target->file, 0, error);
}

gboolean
vg_fetch_to_sink (const VgFetch *fetch, VgGlance *glance,
                  const VgReport *report, const VgSink *sink,
                  GCancellable *cancellable, GError **error)
{
  const VgDownload what = { .image = fetch->image,
                            .sink = sink,
                            .progress = report->progress,
                            .progress_data = report->data };
  g_autofree char *size = vg_text_format_size (fetch->image->size);
  g_autofree char *id = vg_text_clean (fetch->image->id, MAX_SHOWN);

  if (fetch->algorithm == NULL)
    vg_report_warning (report,
                       "Glance has no hash of image %s, so only its size is "
                       "compared",
                       id);
  vg_report_phase (report, "Downloading image %s: %s of %s", id, size,
                   fetch->image->disk_format);
  return vg_glance_download (glance, &what, cancellable, error);
}

static gboolean
download (const VgFetch *fetch, VgGlance *glance, VgNewFile *file,
          const VgReport *report, GCancellable *cancellable, GError **error)
{
  Target target = { .file = file, .is_last = fetch->to == NULL };
  const VgSink sink = { write_file, restart_file, &target };

  return vg_fetch_to_sink (fetch, glance, report, &sink, cancellable, error)
         && vg_new_file_set_length (file, fetch->image->size, error);
}

static gboolean
convert (const VgFetch *fetch, const VgConfig *config, VgNewFile *image,
         VgNewFile *file, const VgReport *report, GCancellable *cancellable,
         GError **error)
{
  const VgConversion what = {
    .from = image,
    .from_format = fetch->from,
    .to = file,
    .to_format = fetch->to,
    .progress = report->progress,
    .progress_data = report->data,
  };

  vg_report_phase (report, "Converting it to %s", fetch->format);
  if (vg_convert (config, &what, cancellable, error))
    return TRUE;
  if (!g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_prefix_error (error, "image %s can't be converted from %s to %s: ",
                    fetch->image->id, fetch->image->disk_format, fetch->format);
  return FALSE;
}

VgNewFile *
vg_fetch_run (const VgFetch *fetch, const VgConfig *config, VgGlance *glance,
              const VgReport *report, VgFetchOpen open, gpointer data,
              GCancellable *cancellable, GError **error)
{
  g_autoptr (VgNewFile) image = open (fetch->to == NULL, data, error);
  g_autoptr (VgNewFile) file = NULL;

  if (image == NULL
      || !download (fetch, glance, image, report, cancellable, error))
    return NULL;
  if (fetch->to == NULL)
    return g_steal_pointer (&image);
  file = open (TRUE, data, error);
  if (file == NULL
      || !convert (fetch, config, image, file, report, cancellable, error))
    return NULL;
  return g_steal_pointer (&file);
}
