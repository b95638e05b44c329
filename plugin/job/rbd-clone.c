/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clone as an image, as Nova and Glance make them: POOL/ID, raw, with a
 * protected snapshot "snap" whose address Glance is given. Its steps: the
 * clone, and the address, which is taken back by deleting the image from
 * Glance, before the clone goes. */
#include "job/rbd-clone.h"

#include "instant/rbd-snapshot.h"
#include "job/undo.h"
#include "journal/ceph-object.h"

/* By this name Glance knows the snapshot of an RBD image. */
#define GLANCE_SNAPSHOT "snap"

typedef struct {
  const VgImages *images;
  VgCeph *ceph;
  const VgRbd *rbd;
  VgCluster *cluster;
  const VgPlanImage *planned; /* the store, and when to flatten */
  const char *parent;         /* the guest's image, "POOL/IMAGE" */
  char *clone;                /* "POOL/ID" */
  VgJobImage *image;
  guint64 size; /* bytes */
  gboolean flat;
} Direct;

static void
clear_direct (Direct *direct)
{
  g_free (direct->clone);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Direct, clear_direct)

/* May be called by a thread of Ceph's, which the one that reports waits for. */
static void
on_progress (guint64 done, guint64 total, gpointer data)
{
  const Direct *direct = data;
  const VgReport *report = direct->images->report;
  double share = total > 0 ? (double) done / (double) total : 0;

  if (report->progress != NULL)
    report->progress ((guint64) (share * (double) direct->size), direct->size,
                      report->data);
}

static gboolean
flatten (Direct *direct, GError **error)
{
  vg_report_phase (direct->images->report, "Flattening the clone of disk %s",
                   direct->image->disk);
  direct->flat =
      direct->rbd->flatten (direct->cluster, direct->clone, on_progress, direct,
                            direct->images->cancellable, error);
  return direct->flat;
}

/* Clones of format 1 need a protected snapshot. */
static gboolean
make_clone (Direct *direct, GError **error)
{
  const VgRbd *rbd = direct->rbd;
  g_autofree char *snapshot =
      vg_ceph_object_get_snapshot_name (direct->images->journal->id);
  VgRbdCloning cloning = { .resumable = direct->planned->flatten_after };

  return rbd->get_clone_format (direct->cluster, &cloning.format, error)
         && (cloning.format > 1
             || rbd->snap_protect (direct->cluster, direct->parent, snapshot,
                                   error))
         && rbd->clone (direct->cluster, direct->parent, snapshot,
                        direct->clone, &cloning, error);
}

static gboolean
add_step (Direct *direct, VgStepKind kind, const char *object, GError **error)
{
  VgJournal *journal = direct->images->journal;

  vg_journal_add_step (journal, kind, object);
  return vg_journal_write (journal, error);
}

static gboolean
clone_step (Direct *direct, GError **error)
{
  g_autofree char *object =
      vg_ceph_object_format (direct->cluster->fsid, direct->clone, NULL);
  g_auto (VgRbdInfo) info = { 0 };

  if (!add_step (direct, VG_STEP_RBD_IMAGE, object, error)
      || !make_clone (direct, error)
      || !direct->rbd->read_info (direct->cluster, direct->clone, &info, error))
    return FALSE;
  direct->size = info.size;
  return TRUE;
}

static gboolean
finish_clone (Direct *direct, GError **error)
{
  const VgRbd *rbd = direct->rbd;

  return (direct->planned->flatten_after || flatten (direct, error))
         && rbd->snap_create (direct->cluster, direct->clone, GLANCE_SNAPSHOT,
                              error)
         && rbd->snap_protect (direct->cluster, direct->clone, GLANCE_SNAPSHOT,
                               error);
}

/* What Glance now says that the image is. */
static gboolean
check_record (const Direct *direct, const VgImageRecord *record, GError **error)
{
  const char *store = direct->image->store;

  if (record->size != direct->size) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_INTEGRITY,
                 "image %s has %" G_GUINT64_FORMAT
                 " bytes in Glance, but the clone has %" G_GUINT64_FORMAT,
                 record->id, record->size, direct->size);
    return FALSE;
  }
  if (record->stores == NULL
      || g_strv_contains ((const char *const *) record->stores, store))
    return TRUE;
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE,
               "Glance takes pool %s of the Ceph cluster %s for another store "
               "than %s; see [store:%s] in the configuration",
               direct->planned->choice->pool, direct->cluster->fsid, store,
               store);
  return FALSE;
}

/* "rbd://FSID/POOL/IMAGE/SNAPSHOT", each part escaped as Glance does. */
static char *
get_location (const Direct *direct)
{
  g_autofree char *pool =
      g_uri_escape_string (direct->planned->choice->pool, NULL, FALSE);

  return g_strdup_printf ("rbd://%s/%s/%s/%s", direct->cluster->fsid, pool,
                          direct->image->id, GLANCE_SNAPSHOT);
}

static gboolean
tell_location (Direct *direct, GError **error)
{
  const VgImages *images = direct->images;
  g_autofree char *location = get_location (direct);
  g_autoptr (VgImageRecord) record = NULL;

  vg_report_phase (images->report, "Telling Glance where image %s is",
                   direct->image->id);
  record = vg_glance_add_location (images->glance, direct->image->id, location,
                                   images->cancellable, error);
  return record != NULL && check_record (direct, record, error);
}

/* Glance opens the clone, and answers 500 where its user in Ceph may not read
 * what it is a clone of. */
static gboolean
location_step (Direct *direct, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (!add_step (direct, VG_STEP_LOCATION, direct->image->id, error))
    return FALSE;
  if (tell_location (direct, &why))
    return TRUE;
  if (direct->flat
      || !g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE)) {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  vg_report_warning (direct->images->report,
                     "image %s is flattened before it is active, though "
                     "[ceph] flatten = after; may Glance's user in Ceph read "
                     "%s? (%s)",
                     direct->image->id, direct->parent, why->message);
  return flatten (direct, error) && tell_location (direct, error);
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

/* Undoes the steps from number first on, but for an address that Glance did
 * not take: to take that back would be to delete the image. Where the clone
 * could not be made, and may not be removed either, the user has no right to
 * the pool, and nothing there. */
static VgRbdCloneResult
step_back (Direct *direct, guint first, GError **error)
{
  VgJournal *journal = direct->images->journal;
  VgPeers peers = { NULL, direct->images->glance, direct->ceph };
  g_autoptr (GError) why = NULL, unwritten = NULL;

  set_undone (journal, first, VG_STEP_LOCATION);
  if (vg_undo_steps (journal, first, &peers, &why))
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

/* Whether Ceph doesn't let us make it, for want of rights, of the pool, or of
 * something that it can't do: then it may well be read. */
static gboolean
is_refusal (const GError *error)
{
  return error->domain == VG_DISK_ERROR
         && (error->code == VG_DISK_ERROR_DENIED
             || error->code == VG_DISK_ERROR_MISSING
             || error->code == VG_DISK_ERROR_OPEN);
}

static gboolean
connect_to (Direct *direct, const VgPlanSource *source, GError **error)
{
  direct->rbd = vg_rbd_load (error);
  if (direct->rbd == NULL)
    return FALSE;
  direct->cluster = vg_rbd_snapshot_connect (direct->ceph, source, error);
  return direct->cluster != NULL;
}

VgRbdCloneResult
vg_rbd_clone_make (const VgImages *images, VgCeph *ceph,
                   const VgPlanImage *planned, const VgPlanSource *source,
                   VgJobImage *image, GError **error)
{
  g_auto (Direct) direct = {
    .images = images,
    .ceph = ceph,
    .planned = planned,
    .parent = source->disk->source->name,
    .clone = g_strconcat (planned->choice->pool, "/", image->id, NULL),
    .image = image,
  };
  g_autofree char *store = vg_store_describe (image->store);
  guint first = images->journal->steps->len;
  g_autoptr (GError) why = NULL;
  gboolean refused;

  image->begun = TRUE;
  vg_report_phase (images->report, "Cloning disk %s into pool %s of %s",
                   image->disk, planned->choice->pool, store);
  if (!connect_to (&direct, source, error))
    return VG_RBD_CLONE_FAILED;
  refused = !clone_step (&direct, &why) && is_refusal (why);
  if (why == NULL && finish_clone (&direct, &why)
      && location_step (&direct, &why)) {
    image->size = direct.size;
    return VG_RBD_CLONE_DONE;
  }
  refused = refused
            || g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_LOCATION);
  g_propagate_error (error, g_steal_pointer (&why));
  return refused ? step_back (&direct, first, error) : VG_RBD_CLONE_FAILED;
}
