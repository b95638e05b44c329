/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The images of a job: created before the instant is taken, recreated after a
 * lost instant, kept at the end. */
#include "job/images.h"

#include "job/undo.h"
#include "plan/image-record.h"

static void
describe_image (const VgPlanImage *planned, VgJobImage *image)
{
  const VgStoreChoice *choice = planned->choice;

  image->name = g_strdup (planned->name);
  image->disk = g_strdup (planned->target);
  image->format = g_strdup (planned->disk_format);
  image->store = g_strdup (choice->store);
  image->rule = g_strdup (vg_store_rule_to_string (choice->rule));
  image->reason = g_strdup (choice->reason);
}

/* If we own the image instead of the instance's project, share it, unless the
 * user set the visibility. */
static const char *
get_visibility (const VgJob *job, const VgPlanImage *planned,
                const VgJobImage *image)
{
  if (image->is_ours && !job->plan->visibility_asked)
    return "shared";
  return vg_json_get_string (planned->record, "visibility");
}

/* Glance's default policy lets only an admin publish images. */
static void
explain_visibility (const VgJob *job, const VgPlanImage *planned,
                    GError **error)
{
  const char *visibility = vg_json_get_string (planned->record, "visibility");
  g_autoptr (GError) why = NULL;

  if (!g_error_matches (*error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_FORBIDDEN)
      || !job->plan->visibility_asked || g_str_equal (visibility, "private"))
    return;
  why = g_steal_pointer (error);
  g_set_error (error, why->domain, why->code,
               "%s; these credentials may lack permission to create a %s "
               "image; try --visibility private",
               why->message, visibility);
}

static VgImageRecord *
send_record (const VgJob *job, const VgPlanImage *planned,
             const VgJobImage *image, GError **error)
{
  VgGlance *glance = job->peers.glance;
  g_autoptr (VgJson) body = vg_json_copy (planned->record);
  VgImageRecord *record;

  if (!vg_journal_ask (job->journal, image->step, error))
    return NULL;
  vg_json_set_string (body, "id", image->id);
  if (image->is_ours)
    json_object_object_del (body, "owner");
  vg_json_set_string (body, "visibility", get_visibility (job, planned, image));
  if (g_strcmp0 (get_visibility (job, planned, image), "private") != 0)
    json_object_object_del (body, VG_RECORD_DEFINITION_PROPERTY);
  record = vg_glance_create_image (glance, body, job->cancellable, error);
  if (record != NULL || !vg_glance_was_unanswered (glance))
    vg_journal_set_answered (job->journal, image->step);
  return record;
}

/* If we may not create the image for the instance's project, we own it. */
static VgImageRecord *
create_record (const VgJob *job, const VgPlanImage *planned, VgJobImage *image,
               GError **error)
{
  g_autoptr (GError) why = NULL;
  VgImageRecord *record = send_record (job, planned, image, &why);

  if (record != NULL)
    return record;
  if (!g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_FORBIDDEN)
      || image->is_ours || vg_json_get (planned->record, "owner") == NULL) {
    g_propagate_error (error, g_steal_pointer (&why));
    return NULL;
  }
  image->is_ours = TRUE;
  return send_record (job, planned, image, error);
}

/* Gives the image an id and its record in Glance. */
static gboolean
create_image (const VgJob *job, const VgPlanImage *planned, VgJobImage *image,
              GError **error)
{
  g_autoptr (VgImageRecord) record = NULL;

  g_free (image->id);
  image->id = g_uuid_string_random ();
  image->size = 0;
  image->begun = FALSE;
  image->step = vg_journal_add_step (job->journal, VG_STEP_IMAGE, image->id);
  if (!vg_journal_write (job->journal, error))
    return FALSE;
  record = create_record (job, planned, image, error);
  if (record != NULL) {
    g_free (image->owner);
    image->owner = g_strdup (record->owner);
    return TRUE;
  }
  explain_visibility (job, planned, error);
  g_prefix_error (error, "disk %s of domain %s: ", image->disk,
                  job->journal->domain);
  return FALSE;
}

gboolean
vg_images_create (const VgJob *job, GError **error)
{
  vg_report_phase (job->report, "Creating the image");
  for (guint i = 0; i < job->plan->images->len; i++) {
    const VgPlanImage *planned = job->plan->images->pdata[i];
    VgJobImage *image = vg_journal_add_image (job->journal);

    describe_image (planned, image);
    if (!create_image (job, planned, image, error))
      return FALSE;
  }
  return TRUE;
}

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
        || !create_image (job, job->plan->images->pdata[i], image, error))
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
  if (!create_image (job, job->plan->images->pdata[number], image, error))
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
         && g_strcmp0 (get_visibility (job, planned, image), "shared") == 0;
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
