/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copying finished images to more stores, one image after the other. */
#include "job/copy.h"

#include "job/error.h"

/* A copy may be large; without any step forward for this long it is given
 * up. */
#define TIMEOUT_S 600

static gboolean
copy_image (VgJobImage *image, const VgStoreChoice *choice, VgGlance *glance,
            const VgReport *report, GCancellable *cancellable, GError **error)
{
  g_autofree char *names = g_strjoinv (", ", choice->others);
  g_autoptr (GError) why = NULL;

  vg_report_phase (report, "Copying the image to store %s", names);
  if (vg_glance_copy_image (glance, image->id,
                            (const char *const *) choice->others, TIMEOUT_S,
                            cancellable, &why)) {
    image->copies = g_strdupv (choice->others);
    return TRUE;
  }
  g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_COPY,
               "image %s is active in store %s, but could not be copied to "
               "%s: %s",
               image->id, image->store, names, why->message);
  return FALSE;
}

gboolean
vg_copy_images (const VgPlan *plan, VgJournal *journal, VgGlance *glance,
                const VgReport *report, GCancellable *cancellable,
                GError **error)
{
  for (guint i = 0; i < journal->images->len; i++) {
    const VgPlanImage *planned = plan->images->pdata[i];
    const VgStoreChoice *choice = planned->choice;

    if (choice->others != NULL && *choice->others != NULL
        && !copy_image (journal->images->pdata[i], choice, glance, report,
                        cancellable, error))
      return FALSE;
  }
  return TRUE;
}
