/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thread knows Glance alone: it sends records that were made before, and
 * keeps the answers. The journal and the images are the caller's. */
#include "job/create-images.h"

#include "plan/image-record.h"

/* A step's time in the journal is that of its request, or not much before: what
 * the thread would ask for later is left to the caller, who writes it again. */
#define ASK_WITHIN_US (5 * G_USEC_PER_SEC)

/* One image's record, as the thread sends it. */
typedef struct {
  VgJson *body;
  gboolean asked, unanswered;
  VgImageRecord *record;
  GError *why;
} Request;

struct _VgCreation {
  const VgJob *job;
  Request *requests;
  guint n;
  gint64 since; /* monotonic µs */
  GThread *thread;
  gboolean done;
  GError *why; /* once done */
};

/* ---- The record */

/* If we own the image instead of the instance's project, share it, unless the
 * user set the visibility. */
const char *
vg_create_get_visibility (const VgJob *job, const VgPlanImage *planned,
                          const VgJobImage *image)
{
  if (image->is_ours && !job->plan->visibility_asked)
    return "shared";
  return vg_json_get_string (planned->record, "visibility");
}

static VgJson *
make_body (const VgJob *job, const VgPlanImage *planned,
           const VgJobImage *image)
{
  const char *visibility = vg_create_get_visibility (job, planned, image);
  VgJson *body = vg_json_copy (planned->record);

  vg_json_set_string (body, "id", image->id);
  if (image->is_ours)
    json_object_object_del (body, "owner");
  vg_json_set_string (body, "visibility", visibility);
  if (g_strcmp0 (visibility, "private") != 0)
    json_object_object_del (body, VG_RECORD_DEFINITION_PROPERTY);
  return body;
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

/* ---- One image */

static void
send_request (Request *request, VgGlance *glance, GCancellable *cancellable)
{
  request->asked = TRUE;
  request->record = vg_glance_create_image (glance, request->body, cancellable,
                                            &request->why);
  request->unanswered =
      request->record == NULL && vg_glance_was_unanswered (glance);
}

static void
clear_request (Request *request)
{
  g_clear_pointer (&request->body, json_object_put);
  g_clear_pointer (&request->record, vg_image_record_free);
  g_clear_error (&request->why);
}

/* Notes the answer. NULL with what Glance said. */
static VgImageRecord *
take_answer (const VgJob *job, const VgJobImage *image, Request *request,
             GError **error)
{
  if (!request->unanswered)
    vg_journal_set_answered (job->journal, image->step);
  if (request->record == NULL)
    g_propagate_error (error, g_steal_pointer (&request->why));
  return g_steal_pointer (&request->record);
}

static VgImageRecord *
send_now (const VgJob *job, const VgPlanImage *planned, const VgJobImage *image,
          GError **error)
{
  Request request = { 0 };
  VgImageRecord *record;

  if (!vg_journal_ask (job->journal, image->step, error))
    return NULL;
  request.body = make_body (job, planned, image);
  send_request (&request, job->peers.glance, job->cancellable);
  record = take_answer (job, image, &request, error);
  clear_request (&request);
  return record;
}

/* Of a request that was sent, or is sent now. If we may not create the image
 * for the instance's project, we own it. */
static VgImageRecord *
get_record (const VgJob *job, const VgPlanImage *planned, VgJobImage *image,
            Request *sent, GError **error)
{
  g_autoptr (GError) why = NULL;
  VgImageRecord *record = sent != NULL && sent->asked
                              ? take_answer (job, image, sent, &why)
                              : send_now (job, planned, image, &why);

  if (record != NULL)
    return record;
  if (!g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_FORBIDDEN)
      || image->is_ours || vg_json_get (planned->record, "owner") == NULL) {
    g_propagate_error (error, g_steal_pointer (&why));
    return NULL;
  }
  image->is_ours = TRUE;
  return send_now (job, planned, image, error);
}

/* sent: as above; or NULL. */
static gboolean
finish_image (const VgJob *job, guint number, Request *sent, GError **error)
{
  const VgPlanImage *planned = job->plan->images->pdata[number];
  VgJobImage *image = job->journal->images->pdata[number];
  g_autoptr (VgImageRecord) record =
      get_record (job, planned, image, sent, error);

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

/* ---- Steps */

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

static void
begin_image (const VgJob *job, VgJobImage *image)
{
  g_free (image->id);
  image->id = g_uuid_string_random ();
  image->size = 0;
  image->begun = FALSE;
  image->step = vg_journal_add_step (job->journal, VG_STEP_IMAGE, image->id);
}

void
vg_create_plan (const VgJob *job)
{
  for (guint i = 0; i < job->plan->images->len; i++) {
    VgJobImage *image = vg_journal_add_image (job->journal);

    describe_image (job->plan->images->pdata[i], image);
    begin_image (job, image);
  }
}

gboolean
vg_create_again (const VgJob *job, guint number, GError **error)
{
  begin_image (job, job->journal->images->pdata[number]);
  return vg_journal_write (job->journal, error)
         && finish_image (job, number, NULL, error);
}

/* ---- All images */

static gboolean
may_ask (const VgCreation *creation, guint number)
{
  return number == 0
         || (creation->requests[number - 1].record != NULL
             && g_get_monotonic_time () - creation->since < ASK_WITHIN_US);
}

static gpointer
send_all (gpointer data)
{
  VgCreation *creation = data;
  const VgJob *job = creation->job;

  for (guint i = 0; i < creation->n && may_ask (creation, i); i++)
    send_request (&creation->requests[i], job->peers.glance, job->cancellable);
  return NULL;
}

static gboolean
ask_journal (VgCreation *creation, GError **error)
{
  const VgJob *job = creation->job;

  for (guint i = 0; i < creation->n; i++) {
    VgJobImage *image = job->journal->images->pdata[i];

    if (!vg_journal_ask (job->journal, image->step, error))
      return FALSE;
    creation->requests[i].body =
        make_body (job, job->plan->images->pdata[i], image);
  }
  return TRUE;
}

VgCreation *
vg_creation_start (const VgJob *job, GError **error)
{
  g_autoptr (VgCreation) creation = g_new0 (VgCreation, 1);

  creation->job = job;
  creation->n = job->plan->images->len;
  creation->requests = g_new0 (Request, creation->n);
  if (!ask_journal (creation, error))
    return NULL;
  creation->since = g_get_monotonic_time ();
  /* Without a thread it is done later. */
  creation->thread = g_thread_try_new ("images", send_all, creation, NULL);
  return g_steal_pointer (&creation);
}

static void
join (VgCreation *creation)
{
  if (creation->thread != NULL)
    g_thread_join (creation->thread);
  creation->thread = NULL;
}

/* Glance never got these requests: there is no image to delete. */
static void
drop_unasked (VgCreation *creation, guint first)
{
  const VgJob *job = creation->job;

  for (guint i = first; i < creation->n; i++)
    if (!creation->requests[i].asked) {
      const VgJobImage *image = job->journal->images->pdata[i];

      vg_journal_set_undone (job->journal, image->step);
    }
}

gboolean
vg_creation_await (VgCreation *creation, GError **error)
{
  join (creation);
  for (guint i = 0; !creation->done && i < creation->n; i++)
    if (!finish_image (creation->job, i, &creation->requests[i],
                       &creation->why)) {
      drop_unasked (creation, i + 1);
      break;
    }
  creation->done = TRUE;
  if (creation->why == NULL)
    return TRUE;
  g_propagate_error (error, g_error_copy (creation->why));
  return FALSE;
}

void
vg_creation_free (VgCreation *creation)
{
  if (creation == NULL)
    return;
  join (creation);
  for (guint i = 0; i < creation->n; i++)
    clear_request (&creation->requests[i]);
  g_free (creation->requests);
  g_clear_error (&creation->why);
  g_free (creation);
}
