/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clone as an image, in the layout of Nova and Glance: POOL/ID, raw, with a
 * protected snapshot "snap" whose location is given to Glance. The steps are
 * the clone and the location. The location is undone first, by deleting the
 * image from Glance. */
#include "job/rbd-clone.h"

#include "instant/rbd-snapshot.h"
#include "job/undo.h"
#include "journal/ceph-object.h"

/* Glance's name for the snapshot of an RBD image. */
#define GLANCE_SNAPSHOT "snap"

typedef struct {
  const VgJob *job;
  const VgRbd *rbd;
  VgCluster *cluster;
  const VgPlanImage *planned; /* the store, and when to flatten */
  const char *parent;         /* the guest's image, "POOL/IMAGE" */
  char *name;                 /* "POOL/ID" */
  VgJobImage *image;
  guint64 size; /* bytes */
  gboolean flat;
} Clone;

static void
clear_clone (Clone *clone)
{
  g_free (clone->name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Clone, clear_clone)

/* May run in a thread of Ceph that the reporting thread waits for. */
static void
on_progress (guint64 done, guint64 total, gpointer data)
{
  const Clone *clone = data;
  const VgReport *report = clone->job->report;
  double share = total > 0 ? (double) done / (double) total : 0;

  if (report->progress != NULL)
    report->progress ((guint64) (share * (double) clone->size), clone->size,
                      report->data);
}

static gboolean
flatten_clone (Clone *clone, GError **error)
{
  vg_report_phase (clone->job->report, "Flattening the clone of disk %s",
                   clone->image->disk);
  clone->flat = clone->rbd->flatten (clone->cluster, clone->name, on_progress,
                                     clone, clone->job->cancellable, error);
  return clone->flat;
}

/* Clones of format 1 need a protected snapshot. */
static gboolean
make_clone (Clone *clone, GError **error)
{
  const VgRbd *rbd = clone->rbd;
  g_autofree char *snapshot =
      vg_ceph_object_get_snapshot_name (clone->job->journal->id);
  VgRbdCloning cloning = { .resumable = clone->planned->flatten_after };

  if (!rbd->get_clone_format (clone->cluster, &cloning.format, error))
    return FALSE;
  if (cloning.format < 2
      && !rbd->snap_protect (clone->cluster, clone->parent, snapshot, error))
    return FALSE;
  return rbd->clone (clone->cluster, clone->parent, snapshot, clone->name,
                     &cloning, error);
}

static gboolean
add_step (Clone *clone, VgStepKind kind, const char *object, GError **error)
{
  VgJournal *journal = clone->job->journal;

  vg_journal_add_step (journal, kind, object);
  return vg_journal_write (journal, error);
}

static gboolean
clone_step (Clone *clone, GError **error)
{
  g_autofree char *object =
      vg_ceph_object_format (clone->cluster->fsid, clone->name, NULL);
  g_auto (VgRbdInfo) info = { 0 };

  if (!add_step (clone, VG_STEP_RBD_IMAGE, object, error)
      || !make_clone (clone, error)
      || !clone->rbd->read_info (clone->cluster, clone->name, &info, error))
    return FALSE;
  clone->size = info.size;
  return TRUE;
}

static gboolean
finish_clone (Clone *clone, GError **error)
{
  const VgRbd *rbd = clone->rbd;

  if (!clone->planned->flatten_after && !flatten_clone (clone, error))
    return FALSE;
  if (!rbd->snap_create (clone->cluster, clone->name, GLANCE_SNAPSHOT, error))
    return FALSE;
  return rbd->snap_protect (clone->cluster, clone->name, GLANCE_SNAPSHOT,
                            error);
}

/* Checks the image's record after Glance accepted the location. */
static gboolean
check_record (const Clone *clone, const VgImageRecord *record, GError **error)
{
  const char *store = clone->image->store;

  if (record->size != clone->size) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_INTEGRITY,
                 "image %s has %" G_GUINT64_FORMAT
                 " bytes in Glance, but the clone has %" G_GUINT64_FORMAT,
                 record->id, record->size, clone->size);
    return FALSE;
  }
  if (record->stores == NULL
      || g_strv_contains ((const char *const *) record->stores, store))
    return TRUE;
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE,
               "Glance takes pool %s of the Ceph cluster %s for another store "
               "than %s; see [store:%s] in the configuration",
               clone->planned->choice->pool, clone->cluster->fsid, store,
               store);
  return FALSE;
}

/* "rbd://FSID/POOL/IMAGE/SNAPSHOT", each part escaped as Glance does. */
static char *
get_location (const Clone *clone)
{
  g_autofree char *pool =
      g_uri_escape_string (clone->planned->choice->pool, NULL, FALSE);

  return g_strdup_printf ("rbd://%s/%s/%s/%s", clone->cluster->fsid, pool,
                          clone->image->id, GLANCE_SNAPSHOT);
}

static gboolean
tell_location (Clone *clone, GError **error)
{
  const VgJob *job = clone->job;
  g_autofree char *location = get_location (clone);
  g_autoptr (VgImageRecord) record = NULL;

  vg_report_phase (job->report, "Adding the location of image %s",
                   clone->image->id);
  record = vg_glance_add_location (job->peers.glance, clone->image->id,
                                   location, job->cancellable, error);
  return record != NULL && check_record (clone, record, error);
}

/* Glance opens the clone, and answers 500 if its Ceph user may not read the
 * clone's parent. */
static gboolean
location_step (Clone *clone, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (!add_step (clone, VG_STEP_LOCATION, clone->image->id, error))
    return FALSE;
  if (tell_location (clone, &why))
    return TRUE;
  if (clone->flat
      || !g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE)) {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  vg_report_warning (clone->job->report,
                     "image %s is flattened before it is active, though "
                     "[ceph] flatten = after; may Glance's user in Ceph read "
                     "%s? (%s)",
                     clone->image->id, clone->parent, why->message);
  return flatten_clone (clone, error) && tell_location (clone, error);
}

static void
set_undone (VgJournal *journal, guint first, VgStepKind kind)
{
  for (guint i = first; i < journal->steps->len; i++)
    if (((VgStep *) journal->steps->pdata[i])->kind == kind)
      vg_journal_set_undone (journal, i);
}

static gboolean
is_denied (const GError *error)
{
  return g_error_matches (error, VG_DISK_ERROR, VG_DISK_ERROR_DENIED);
}

/* Undoes the steps from number first on, except a location that Glance
 * rejected: undoing it would delete the image. If both creating and removing
 * the clone are denied, the user has no rights in the pool, and the clone does
 * not exist. */
static VgRbdCloneResult
step_back (Clone *clone, guint first, GError **error)
{
  VgJournal *journal = clone->job->journal;
  g_autoptr (GError) why = NULL, unwritten = NULL;

  set_undone (journal, first, VG_STEP_LOCATION);
  if (vg_undo_steps (journal, first, &clone->job->peers, &why))
    return VG_RBD_CLONE_REFUSED;
  if (is_denied (*error) && is_denied (why)) {
    set_undone (journal, first, VG_STEP_RBD_IMAGE);
    if (!vg_journal_write (journal, &unwritten))
      g_debug ("job %s: %s", journal->id, unwritten->message);
    return VG_RBD_CLONE_REFUSED;
  }
  g_clear_error (error);
  g_propagate_error (error, g_steal_pointer (&why));
  return VG_RBD_CLONE_FAILED;
}

static gboolean
connect_to (Clone *clone, const VgPlanSource *source, GError **error)
{
  clone->rbd = vg_rbd_load (error);
  if (clone->rbd == NULL)
    return FALSE;
  clone->cluster =
      vg_rbd_snapshot_connect (clone->job->peers.ceph, source, error);
  return clone->cluster != NULL;
}

/* Takes why. */
static VgRbdCloneResult
give_up (Clone *clone, guint first, gboolean refused, GError *why,
         GError **error)
{
  g_propagate_error (error, why);
  return refused ? step_back (clone, first, error) : VG_RBD_CLONE_FAILED;
}

VgRbdCloneResult
vg_rbd_clone_make (const VgJob *job, const VgPlanImage *planned,
                   const VgPlanSource *source, VgJobImage *image,
                   GError **error)
{
  g_auto (Clone) clone = {
    .job = job,
    .planned = planned,
    .parent = source->disk->source->name,
    .name = g_strconcat (planned->choice->pool, "/", image->id, NULL),
    .image = image,
  };
  g_autofree char *store = vg_store_describe (image->store);
  guint first = job->journal->steps->len;
  GError *why = NULL;

  image->begun = TRUE;
  vg_report_phase (job->report, "Cloning disk %s into pool %s of %s",
                   image->disk, planned->choice->pool, store);
  if (!connect_to (&clone, source, error))
    return VG_RBD_CLONE_FAILED;
  if (!clone_step (&clone, &why))
    return give_up (&clone, first, vg_rbd_is_refusal (why), why, error);
  if (!finish_clone (&clone, error))
    return VG_RBD_CLONE_FAILED;
  if (!location_step (&clone, &why))
    return give_up (
        &clone, first,
        g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_LOCATION), why,
        error);
  image->size = clone.size;
  return VG_RBD_CLONE_DONE;
}
