/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The images of a job: made before the instant is taken, made anew when it was
 * lost, kept at the end. */
#include "job/images.h"

#include "job/undo.h"

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

/* An image that had to be ours is shared, if nobody said who is to see it. */
static const char *
get_visibility (const VgImages *images, const VgPlanImage *planned,
                const VgJobImage *image)
{
  if (image->is_ours && !images->plan->visibility_asked)
    return "shared";
  return vg_json_get_string (planned->record, "visibility");
}

/* Not all may do what some may: by Glance's default policy only an admin makes
 * images public. */
static void
explain_visibility (const VgImages *images, const VgPlanImage *planned,
                    GError **error)
{
  const char *visibility = vg_json_get_string (planned->record, "visibility");
  g_autoptr (GError) why = NULL;

  if (!g_error_matches (*error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_FORBIDDEN)
      || !images->plan->visibility_asked || g_str_equal (visibility, "private"))
    return;
  why = g_steal_pointer (error);
  g_set_error (error, why->domain, why->code,
               "%s; it may be that these credentials may not make a %s image, "
               "which --visibility private does without",
               why->message, visibility);
}

static VgImageRecord *
send_record (const VgImages *images, const VgPlanImage *planned,
             const VgJobImage *image, GError **error)
{
  g_autoptr (VgJson) body = vg_json_copy (planned->record);

  vg_json_set_string (body, "id", image->id);
  if (image->is_ours)
    json_object_object_del (body, "owner");
  vg_json_set_string (body, "visibility",
                      get_visibility (images, planned, image));
  return vg_glance_create_image (images->glance, body, images->cancellable,
                                 error);
}

/* Where we may not make it for the instance's project it is ours. */
static VgImageRecord *
create_record (const VgImages *images, const VgPlanImage *planned,
               VgJobImage *image, GError **error)
{
  g_autoptr (GError) why = NULL;
  VgImageRecord *record = send_record (images, planned, image, &why);

  if (record != NULL)
    return record;
  if (!g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_FORBIDDEN)
      || image->is_ours || vg_json_get (planned->record, "owner") == NULL) {
    g_propagate_error (error, g_steal_pointer (&why));
    return NULL;
  }
  image->is_ours = TRUE;
  return send_record (images, planned, image, error);
}

/* Gives the image an id and its record in Glance. */
static gboolean
create_image (const VgImages *images, const VgPlanImage *planned,
              VgJobImage *image, GError **error)
{
  g_autoptr (VgImageRecord) record = NULL;

  g_free (image->id);
  image->id = g_uuid_string_random ();
  image->size = 0;
  image->begun = FALSE;
  image->step = vg_journal_add_step (images->journal, VG_STEP_IMAGE, image->id);
  if (!vg_journal_write (images->journal, error))
    return FALSE;
  record = create_record (images, planned, image, error);
  if (record != NULL) {
    g_free (image->owner);
    image->owner = g_strdup (record->owner);
    return TRUE;
  }
  explain_visibility (images, planned, error);
  g_prefix_error (error, "disk %s of domain %s: ", image->disk,
                  images->journal->domain);
  return FALSE;
}

gboolean
vg_images_create (const VgImages *images, GError **error)
{
  vg_report_phase (images->report, "Creating the image");
  for (guint i = 0; i < images->plan->images->len; i++) {
    const VgPlanImage *planned = images->plan->images->pdata[i];
    VgJobImage *image = vg_journal_add_image (images->journal);

    describe_image (planned, image);
    if (!create_image (images, planned, image, error))
      return FALSE;
  }
  return TRUE;
}

/* An image that had some of the lost instant may still be saving, or be active
 * already. */
gboolean
vg_images_renew (const VgImages *images, GError **error)
{
  VgPeers peers = { .glance = images->glance };

  for (guint i = 0; i < images->journal->images->len; i++) {
    VgJobImage *image = images->journal->images->pdata[i];

    if (!image->begun)
      continue;
    if (!vg_undo_step (images->journal, image->step, &peers, error)
        || !create_image (images, images->plan->images->pdata[i], image, error))
      return FALSE;
  }
  return TRUE;
}

/* Whether the instance's project is to be a member of it. */
static gboolean
is_for_sharing (const VgImages *images, const VgPlanImage *planned,
                const VgJobImage *image)
{
  const char *project = images->plan->project;

  return project != NULL && g_strcmp0 (image->owner, project) != 0
         && g_strcmp0 (get_visibility (images, planned, image), "shared") == 0;
}

/* What can't be shared is there all the same. */
gboolean
vg_images_share (const VgImages *images, GError **error)
{
  const char *project = images->plan->project;

  for (guint i = 0; i < images->journal->images->len; i++) {
    VgJobImage *image = images->journal->images->pdata[i];
    g_autoptr (GError) why = NULL;

    if (!is_for_sharing (images, images->plan->images->pdata[i], image))
      continue;
    if (vg_glance_share_image (images->glance, image->id, project,
                               &image->accepted, images->cancellable, &why)) {
      image->member = g_strdup (project);
    } else if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    } else {
      vg_report_warning (images->report,
                         "the instance's project does not see the image: %s",
                         why->message);
    }
  }
  return TRUE;
}

gboolean
vg_images_protect (const VgImages *images, GError **error)
{
  if (!images->plan->protect)
    return TRUE;
  for (guint i = 0; i < images->journal->images->len; i++) {
    const VgJobImage *image = images->journal->images->pdata[i];

    vg_journal_add_step (images->journal, VG_STEP_PROTECT, image->id);
    if (!vg_journal_write (images->journal, error)
        || !vg_glance_protect_image (images->glance, image->id, TRUE,
                                     images->cancellable, error))
      return FALSE;
  }
  return TRUE;
}

/* "image ID", "images ID, ID": of a job that made them all the same. */
char *
vg_images_list (const VgImages *images)
{
  GString *list =
      g_string_new (images->journal->images->len > 1 ? "images " : "image ");

  for (guint i = 0; i < images->journal->images->len; i++)
    g_string_append_printf (
        list, "%s%s", i > 0 ? ", " : "",
        ((VgJobImage *) images->journal->images->pdata[i])->id);
  return g_string_free (list, FALSE);
}
