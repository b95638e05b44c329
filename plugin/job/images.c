/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The images of a job: made before the instant is taken, made anew when it was
 * lost, kept at the end. */
#include "job/images.h"

#include "job/undo.h"

static void
describe_image (const VgPlanDisk *disk, VgJobImage *image)
{
  const VgStoreChoice *choice = disk->choice;

  image->name = g_strdup (disk->image_name);
  image->disk = g_strdup (disk->disk->target);
  image->format = g_strdup (disk->disk_format);
  image->store = g_strdup (choice->store);
  image->rule = g_strdup (vg_store_rule_to_string (choice->rule));
  image->reason = g_strdup (choice->reason);
}

/* Not all may do what some may: by Glance's default policy only an admin makes
 * images public. */
static void
explain_visibility (const VgImages *images, const VgPlanDisk *disk,
                    GError **error)
{
  const char *visibility = vg_json_get_string (disk->record, "visibility");
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

/* Where we may not make it for the instance's project it is ours, and shared,
 * if nobody said who is to see it. */
static VgImageRecord *
create_record (const VgImages *images, const VgPlanDisk *disk, GError **error)
{
  VgJson *body = disk->record;
  g_autoptr (GError) why = NULL;
  VgImageRecord *record =
      vg_glance_create_image (images->glance, body, images->cancellable, &why);

  if (record != NULL)
    return record;
  if (!g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_FORBIDDEN)
      || vg_json_get (body, "owner") == NULL) {
    g_propagate_error (error, g_steal_pointer (&why));
    return NULL;
  }
  json_object_object_del (body, "owner");
  if (!images->plan->visibility_asked)
    vg_json_set_string (body, "visibility", "shared");
  return vg_glance_create_image (images->glance, body, images->cancellable,
                                 error);
}

/* Gives the image an id and its record in Glance. */
static gboolean
create_image (const VgImages *images, const VgPlanDisk *disk, VgJobImage *image,
              GError **error)
{
  g_autoptr (VgImageRecord) record = NULL;

  g_free (image->id);
  image->id = g_uuid_string_random ();
  image->size = 0;
  image->begun = FALSE;
  image->step = vg_journal_add_step (images->journal, VG_STEP_IMAGE, image->id);
  if (!vg_journal_write (images->journal, error))
    return FALSE;
  vg_json_set_string (disk->record, "id", image->id);
  record = create_record (images, disk, error);
  if (record != NULL) {
    g_free (image->owner);
    image->owner = g_strdup (record->owner);
    return TRUE;
  }
  explain_visibility (images, disk, error);
  g_prefix_error (error, "disk %s of domain %s: ", image->disk,
                  images->plan->domain->name);
  return FALSE;
}

gboolean
vg_images_create (const VgImages *images, GError **error)
{
  vg_report_phase (images->report, "Creating the image");
  for (guint i = 0; i < images->plan->disks->len; i++) {
    const VgPlanDisk *disk = images->plan->disks->pdata[i];
    VgJobImage *image = vg_journal_add_image (images->journal);

    describe_image (disk, image);
    if (!create_image (images, disk, image, error))
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
        || !create_image (images, images->plan->disks->pdata[i], image, error))
      return FALSE;
  }
  return TRUE;
}

/* Whether the instance's project is to be a member of it. */
static gboolean
is_for_sharing (const VgImages *images, const VgPlanDisk *disk,
                const VgJobImage *image)
{
  const char *project = images->plan->project;

  return project != NULL && g_strcmp0 (image->owner, project) != 0
         && g_strcmp0 (vg_json_get_string (disk->record, "visibility"),
                       "shared")
                == 0;
}

/* What can't be shared is there all the same. */
gboolean
vg_images_share (const VgImages *images, GError **error)
{
  const char *project = images->plan->project;

  for (guint i = 0; i < images->journal->images->len; i++) {
    VgJobImage *image = images->journal->images->pdata[i];
    g_autoptr (GError) why = NULL;

    if (!is_for_sharing (images, images->plan->disks->pdata[i], image))
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
