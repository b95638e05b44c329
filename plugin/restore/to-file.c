/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file of any name, which it gets last of all. */
#include "restore/to-file.h"

#include <sys/stat.h>

#include "disk/disk.h"
#include "disk/look.h"
#include "util/interruption.h"
#include "util/new-file.h"
#include "util/text.h"

#define MAX_SHOWN 80

void
vg_restore_plan_free (VgRestorePlan *plan)
{
  if (plan == NULL)
    return;
  vg_image_record_free (plan->image);
  g_free (plan->path);
  g_free (plan);
}

/* The guest would go on with the file that has no name any more, and all that
 * it wrote would be gone at its end. */
static gboolean
check_unused (const char *path, GCancellable *cancellable, GError **error)
{
  return vg_disk_check_no_writer (
      path,
      "replaced: it is the disk of a running guest, or open for writing by "
      "another program of QEMU; shut the guest off, or choose another name",
      cancellable, error);
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
  if (plan->image == NULL
      || !vg_fetch_plan (&plan->fetch, plan->image, restore->format, error))
    return NULL;
  return g_steal_pointer (&plan);
}

static VgNewFile *
open_file (gboolean is_last G_GNUC_UNUSED, gpointer data, GError **error)
{
  const VgRestorePlan *plan = data;

  return vg_new_file_open (plan->path, error);
}

static gboolean
make_file (const VgRestorePlan *plan, const VgConfig *config, VgGlance *glance,
           const VgReport *report, guint64 *size, GCancellable *cancellable,
           GError **error)
{
  g_autoptr (VgNewFile) file =
      vg_fetch_run (&plan->fetch, config, glance, report, open_file,
                    (gpointer) plan, cancellable, error);
  struct stat made;

  if (file == NULL)
    return FALSE;
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
  ok = make_file (plan, config, glance, report, size, cancellable, error);
  vg_interruption_name (error, "the restore of image %s", id);
  return ok;
}
