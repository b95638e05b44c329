/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One file for the image as it is; another one for the converted image, if the
 * formats differ: qemu-img has to read the image here and there. */
#include "job/restore.h"

#include <string.h>
#include <sys/stat.h>

#include "disk/convert.h"
#include "disk/disk.h"
#include "disk/look.h"
#include "glance/download.h"
#include "request/error.h"
#include "util/interruption.h"
#include "util/new-file.h"
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

void
vg_restore_plan_free (VgRestorePlan *plan)
{
  if (plan == NULL)
    return;
  vg_image_record_free (plan->image);
  g_free (plan->path);
  g_free (plan);
}

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

/* Sets plan->format, and from and to if they differ. */
static gboolean
plan_format (VgRestorePlan *plan, const char *wanted, GError **error)
{
  const char *own = plan->image->disk_format;
  int from = find_format (own), to = find_format (wanted);
  g_autofree char *shown = vg_text_clean (own, MAX_SHOWN);

  plan->format = own;
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
                 "converted; restore it without --format",
                 plan->image->id, shown);
    return FALSE;
  }
  plan->format = formats[to].glance;
  if (g_str_equal (formats[from].qemu, formats[to].qemu))
    return TRUE;
  plan->from = formats[from].qemu;
  plan->to = formats[to].qemu;
  return TRUE;
}

/* The guest would go on with the file that has no name any more, and all that
 * it wrote would be gone at its end. */
static gboolean
check_unused (const char *path, GCancellable *cancellable, GError **error)
{
  int writer;

  if (!vg_disk_find_writer (&path, 1, &writer, cancellable, error))
    return FALSE;
  if (writer < 0)
    return TRUE;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_BUSY,
               "%s can't be replaced: it is the disk of a running guest, or "
               "open for writing by another program of QEMU; shut the guest "
               "off, or choose another name",
               path);
  return FALSE;
}

static gboolean
plan_place (VgRestorePlan *plan, const VgRestore *restore,
            GCancellable *cancellable, GError **error)
{
  struct stat there;

  if (!vg_new_file_check (restore->path, restore->overwrite, error))
    return FALSE;
  plan->path = g_canonicalize_filename (restore->path, NULL);
  plan->replaces = lstat (plan->path, &there) == 0;
  return (!plan->replaces || check_unused (plan->path, cancellable, error))
         && vg_new_file_get_space (plan->path, &plan->space, error);
}

VgRestorePlan *
vg_restore_plan_new (const VgRestore *restore, VgGlance *glance,
                     GCancellable *cancellable, GError **error)
{
  g_autoptr (VgRestorePlan) plan = g_new0 (VgRestorePlan, 1);

  /* First what needs no answer. */
  if (!plan_place (plan, restore, cancellable, error))
    return NULL;
  plan->image =
      vg_glance_get_image (glance, restore->image, cancellable, error);
  if (plan->image == NULL || !check_state (plan->image, error)
      || !plan_format (plan, restore->format, error))
    return NULL;
  plan->algorithm = vg_download_get_algorithm (plan->image);
  return g_steal_pointer (&plan);
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

static gboolean
download (const VgRestorePlan *plan, VgGlance *glance, VgNewFile *file,
          const VgReport *report, GCancellable *cancellable, GError **error)
{
  Target target = { .file = file, .is_last = plan->to == NULL };
  const VgSink sink = { write_file, restart_file, &target };
  const VgDownload what = { .image = plan->image,
                            .sink = &sink,
                            .progress = report->progress,
                            .progress_data = report->data };
  g_autofree char *size = vg_text_format_size (plan->image->size);
  g_autofree char *id = vg_text_clean (plan->image->id, MAX_SHOWN);

  vg_report_phase (report, "Downloading image %s: %s of %s", id, size,
                   plan->image->disk_format);
  return vg_glance_download (glance, &what, cancellable, error)
         && vg_new_file_set_length (file, plan->image->size, error);
}

static gboolean
convert (const VgRestorePlan *plan, const VgConfig *config, VgNewFile *image,
         VgNewFile *file, const VgReport *report, GCancellable *cancellable,
         GError **error)
{
  const VgConversion what = {
    .from = image,
    .from_format = plan->from,
    .to = file,
    .to_format = plan->to,
    .progress = report->progress,
    .progress_data = report->data,
  };

  vg_report_phase (report, "Converting it to %s", plan->format);
  if (vg_convert (config, &what, cancellable, error))
    return TRUE;
  if (!g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_prefix_error (error, "image %s can't be converted from %s to %s: ",
                    plan->image->id, plan->image->disk_format, plan->format);
  return FALSE;
}

static gboolean
make_file (const VgRestorePlan *plan, const VgConfig *config, VgGlance *glance,
           const VgReport *report, guint64 *size, GCancellable *cancellable,
           GError **error)
{
  g_autoptr (VgNewFile) image = vg_new_file_open (plan->path, error);
  g_autoptr (VgNewFile) file = NULL;
  struct stat made;

  if (image == NULL
      || !download (plan, glance, image, report, cancellable, error))
    return FALSE;
  if (plan->to == NULL) {
    file = g_steal_pointer (&image);
  } else {
    file = vg_new_file_open (plan->path, error);
    if (file == NULL
        || !convert (plan, config, image, file, report, cancellable, error))
      return FALSE;
    g_clear_pointer (&image, vg_new_file_free);
  }
  if (fstat (vg_new_file_get_fd (file), &made) == 0)
    *size = (guint64) made.st_size;
  /* Others may have begun to use it meanwhile. */
  return !g_cancellable_set_error_if_cancelled (cancellable, error)
         && (!plan->replaces || check_unused (plan->path, cancellable, error))
         && vg_new_file_finish (file, plan->replaces, error);
}

gboolean
vg_restore_run (const VgRestorePlan *plan, const VgConfig *config,
                VgGlance *glance, const VgReport *report, guint64 *size,
                GCancellable *cancellable, GError **error)
{
  g_autofree char *id = vg_text_clean (plan->image->id, MAX_SHOWN);
  gboolean ok;

  *size = 0;
  if (plan->algorithm == NULL)
    vg_report_warning (report,
                       "Glance has no hash of image %s, so only its size is "
                       "compared",
                       id);
  ok = make_file (plan, config, glance, report, size, cancellable, error);
  vg_interruption_name (error, "the restore of image %s", id);
  return ok;
}
