/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies finished images to more stores, one image at a time. */
#include "job/copy.h"

#include "job/error.h"

/* A copy may be large; it is given up after this time without progress. */
#define TIMEOUT_S 600

static gboolean
copy_image (const VgJob *job, VgJobImage *image, const VgStoreChoice *choice,
            GError **error)
{
  g_autofree char *names = g_strjoinv (", ", choice->others);
  g_autoptr (GError) why = NULL;

  vg_report_phase (job->report, "Copying the image to store %s", names);
  if (vg_glance_copy_image (job->peers.glance, image->id,
                            (const char *const *) choice->others, TIMEOUT_S,
                            job->cancellable, &why)) {
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
vg_copy_images (const VgJob *job, GError **error)
{
  for (guint i = 0; i < job->journal->images->len; i++) {
    const VgPlanImage *planned = job->plan->images->pdata[i];
    const VgStoreChoice *choice = planned->choice;

    if (choice->others != NULL && *choice->others != NULL
        && !copy_image (job, job->journal->images->pdata[i], choice, error))
      return FALSE;
  }
  return TRUE;
}
