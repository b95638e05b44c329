/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The images of a job: created before the instant is taken, recreated after a
 * lost instant, kept at the end. */
#include "job/images.h"

#include "job/create-images.h"
#include "job/undo.h"

/* An image with data from the lost instant may still be saving, or be active
 * already. */
gboolean
vg_images_renew (const VgJob *job, GError **error)
{
  for (guint i = 0; i < job->journal->images->len; i++) {
    VgJobImage *image = job->journal->images->pdata[i];

    if (!image->begun)
      continue;
    if (!vg_undo_step (job->journal, image->step, &job->peers, error)
        || !vg_create_again (job, i, error))
      return FALSE;
  }
  return TRUE;
}

/* The old image's step is begun before the new one is: it can't be forgotten.
 * If Glance doesn't delete it now, it may at the end of the job. */
gboolean
vg_images_replace (const VgJob *job, guint number, GError **error)
{
  VgJournal *journal = job->journal;
  VgJobImage *image = journal->images->pdata[number];
  g_autoptr (GError) why = NULL;

  vg_journal_drop (journal, image->step);
  if (!vg_undo_step (journal, image->step, &job->peers, &why))
    g_debug ("job %s: %s", journal->id, why->message);
  if (!vg_create_again (job, number, error))
    return FALSE;
  image->begun = TRUE;
  return TRUE;
}

/* Whether to make the instance's project a member of the image. */
static gboolean
is_for_sharing (const VgJob *job, const VgPlanImage *planned,
                const VgJobImage *image)
{
  const char *project = job->plan->project;

  return project != NULL && g_strcmp0 (image->owner, project) != 0
         && g_strcmp0 (vg_create_get_visibility (job, planned, image), "shared")
                == 0;
}

/* Failing to share is not fatal. */
gboolean
vg_images_share (const VgJob *job, GError **error)
{
  const char *project = job->plan->project;

  for (guint i = 0; i < job->journal->images->len; i++) {
    VgJobImage *image = job->journal->images->pdata[i];
    g_autoptr (GError) why = NULL;

    if (!is_for_sharing (job, job->plan->images->pdata[i], image))
      continue;
    if (vg_glance_share_image (job->peers.glance, image->id, project,
                               &image->accepted, job->cancellable, &why)) {
      image->member = g_strdup (project);
    } else if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    } else {
      vg_report_warning (job->report,
                         "the instance's project does not see the image: %s",
                         why->message);
    }
  }
  return TRUE;
}

static gboolean
protect_image (const VgJob *job, const VgJobImage *image, GError **error)
{
  VgGlance *glance = job->peers.glance;
  guint step = vg_journal_add_step (job->journal, VG_STEP_PROTECT, image->id);
  gboolean protected;

  if (!vg_journal_write (job->journal, error)
      || !vg_journal_ask (job->journal, step, error))
    return FALSE;
  protected = vg_glance_protect_image (glance, image->id, TRUE,
                                       job->cancellable, error);
  if (protected || !vg_glance_was_unanswered (glance))
    vg_journal_set_answered (job->journal, step);
  return protected;
}

gboolean
vg_images_protect (const VgJob *job, GError **error)
{
  if (!job->plan->protect)
    return TRUE;
  for (guint i = 0; i < job->journal->images->len; i++)
    if (!protect_image (job, job->journal->images->pdata[i], error))
      return FALSE;
  return TRUE;
}

char *
vg_images_list (const VgJournal *journal)
{
  const GPtrArray *images = journal->images;
  GString *list = g_string_new (images->len > 1 ? "images " : "image ");

  for (guint i = 0; i < images->len; i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "",
                            ((VgJobImage *) images->pdata[i])->id);
  return g_string_free (list, FALSE);
}

static void
set_text (char **text, const char *value)
{
  g_free (*text);
  *text = g_strdup (value);
}

void
vg_images_note (VgJobImage *image, const VgImageRecord *record)
{
  image->size = record->size;
  set_text (&image->checksum, record->checksum);
  set_text (&image->hash_algo, record->os_hash_algo);
  set_text (&image->hash_value, record->os_hash_value);
}
