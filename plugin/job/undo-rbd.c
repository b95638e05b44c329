/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undoes a job's steps in Ceph. */
#include "job/undo-rbd.h"

#include "job/undo-kinds.h"
#include "journal/ceph-object.h"

/* Any client that takes an image's lock, for example to delete it, stops its
 * flattening. */
#define FLATTEN_TRIES 60
#define FLATTEN_PAUSE_US G_USEC_PER_SEC

/* An action in a connected cluster. */
typedef gboolean UndoInCluster (const VgRbd *rbd, VgCluster *cluster,
                                const VgCephObject *object, gpointer data,
                                GError **error);

/* Connects to a step's cluster; fails if another cluster has its address now.
 */
static VgCluster *
connect_to (const VgCephAddress *noted, VgCeph *ceph, GError **error)
{
  g_autoptr (VgCephAddress) address = vg_ceph_address_copy (noted);
  VgCluster *cluster = vg_ceph_connect (ceph, address, error);

  if (cluster == NULL || g_ascii_strcasecmp (cluster->fsid, noted->fsid) == 0)
    return cluster;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
               "the Ceph cluster at %s is %s now, and was %s",
               address->monitors ? address->monitors : "the usual place",
               cluster->fsid, noted->fsid);
  return NULL;
}

static gboolean
undo_as_user (const VgCephAddress *noted, UndoInCluster undo,
              const VgCephObject *object, gpointer data, VgCeph *ceph,
              GError **error)
{
  VgCluster *cluster = connect_to (noted, ceph, error);
  const VgRbd *rbd = cluster != NULL ? vg_rbd_load (error) : NULL;

  return rbd != NULL && undo (rbd, cluster, object, data, error);
}

/* Tries each user that the job had in that cluster, until one is permitted. */
static gboolean
undo_as_any_user (const VgJournal *journal, UndoInCluster undo,
                  const VgCephObject *object, gpointer data, VgCeph *ceph,
                  GError **error)
{
  g_autoptr (GError) first = NULL;

  for (guint i = 0; i < journal->clusters->len; i++) {
    const VgCephAddress *noted = journal->clusters->pdata[i];
    g_autoptr (GError) why = NULL;

    if (!g_str_equal (noted->fsid, object->fsid))
      continue;
    if (undo_as_user (noted, undo, object, data, ceph, &why))
      return TRUE;
    if (first == NULL && why != NULL)
      first = g_steal_pointer (&why);
  }
  if (first == NULL)
    first = g_error_new (VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
                         "the journal has no address of the Ceph cluster %s",
                         object->fsid);
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}

static gboolean
undo_in_ceph (const VgJournal *journal, const VgStep *step,
              const VgPeers *peers, UndoInCluster undo, gpointer data,
              GError **error)
{
  g_auto (VgCephObject) object = { 0 };

  if (vg_ceph_object_parse (step->object, &object))
    return undo_as_any_user (journal, undo, &object, data, peers->ceph, error);
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
               "the journal names '%s', which is not an object in Ceph",
               step->object);
  return FALSE;
}

static gboolean
remove_snapshot (const VgRbd *rbd, VgCluster *cluster,
                 const VgCephObject *object, gpointer data G_GNUC_UNUSED,
                 GError **error)
{
  return rbd->snap_remove (cluster, object->image,
                           object->snapshot ? object->snapshot : "", error);
}

gboolean
vg_undo_rbd_snapshot (const VgJournal *journal, const VgStep *step,
                      const VgPeers *peers, GError **error)
{
  return undo_in_ceph (journal, step, peers, remove_snapshot, NULL, error);
}

/* Without error if it doesn't exist. */
static gboolean
find_snapshot (const VgRbd *rbd, VgCluster *cluster, const VgCephObject *object,
               gpointer data G_GNUC_UNUSED, GError **error)
{
  gboolean exists = FALSE;

  return rbd->snap_exists (cluster, object->image,
                           object->snapshot ? object->snapshot : "", &exists,
                           error)
         && exists;
}

gboolean
vg_look_rbd_snapshot (const VgJournal *journal, const VgStep *step,
                      const VgPeers *peers)
{
  return undo_in_ceph (journal, step, peers, find_snapshot, NULL, NULL);
}

static gboolean
remove_image (const VgRbd *rbd, VgCluster *cluster, const VgCephObject *object,
              gpointer data G_GNUC_UNUSED, GError **error)
{
  return rbd->remove (cluster, object->image, error);
}

gboolean
vg_undo_rbd_image (const VgJournal *journal, const VgStep *step,
                   const VgPeers *peers, GError **error)
{
  return undo_in_ceph (journal, step, peers, remove_image, NULL, error);
}

/* A deleted clone needs no flattening. A failed attempt to delete it does not
 * stop flattening. */
static gboolean
flatten_image (const VgRbd *rbd, VgCluster *cluster, const VgCephObject *object,
               gpointer data G_GNUC_UNUSED, GError **error)
{
  for (guint try = 1;; try++) {
    g_autoptr (GError) why = NULL;

    if (rbd->flatten (cluster, object->image, NULL, NULL, NULL, &why)) {
      rbd->restore_maps (cluster, object->image);
      return TRUE;
    }
    if (g_error_matches (why, VG_DISK_ERROR, VG_DISK_ERROR_MISSING))
      return TRUE;
    if (try == FLATTEN_TRIES
        || !g_error_matches (why, VG_DISK_ERROR, VG_DISK_ERROR_BUSY)) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
    g_usleep (FLATTEN_PAUSE_US);
  }
}

gboolean
vg_undo_flatten (const VgJournal *journal, const VgStep *step,
                 const VgPeers *peers, GError **error)
{
  return undo_in_ceph (journal, step, peers, flatten_image, NULL, error);
}

/* A restore's disks */

/* A damaged journal must not name what is removed. */
static gboolean
remove_new (const VgRbd *rbd, VgCluster *cluster, const VgCephObject *object,
            gpointer data, GError **error)
{
  const char *job = data;

  if (g_str_has_suffix (object->image, job))
    return rbd->swap_remove_made (cluster, object->image, error);
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
               "the journal names the RBD image %s, which is not one of job "
               "%s; remove it if it is not needed",
               object->image, job);
  return FALSE;
}

gboolean
vg_undo_rbd_new (const VgJournal *journal, const VgStep *step,
                 const VgPeers *peers, GError **error)
{
  return undo_in_ceph (journal, step, peers, remove_new, journal->id, error);
}

typedef struct {
  const char *job;
  gboolean undo; /* or look: */
  gboolean done;
} Exchange;

static gboolean
act_on_swap (const VgRbd *rbd, VgCluster *cluster, const VgCephObject *object,
             gpointer data, GError **error)
{
  Exchange *exchange = data;
  g_autofree char *made = vg_ceph_object_get_new (object->image, exchange->job);
  g_autofree char *old = vg_ceph_object_get_old (object->image, exchange->job);
  const VgRbdSwap swap = { object->image, made, old };

  return exchange->undo
             ? rbd->swap_undo (cluster, &swap, error)
             : rbd->swap_is_done (cluster, &swap, &exchange->done, error);
}

gboolean
vg_undo_rbd_swap (const VgJournal *journal, const VgStep *step,
                  const VgPeers *peers, GError **error)
{
  Exchange exchange = { .job = journal->id, .undo = TRUE };

  return undo_in_ceph (journal, step, peers, act_on_swap, &exchange, error);
}

gboolean
vg_rbd_swap_step_is_done (const VgJournal *journal, const VgStep *step,
                          const VgPeers *peers, gboolean *done, GError **error)
{
  Exchange exchange = { .job = journal->id };
  gboolean ok =
      undo_in_ceph (journal, step, peers, act_on_swap, &exchange, error);

  *done = exchange.done;
  return ok;
}

static gboolean
find_parent (const VgRbd *rbd, VgCluster *cluster, const VgCephObject *object,
             gpointer data, GError **error)
{
  gboolean *is_clone = data;
  g_auto (VgRbdInfo) info = { 0 };

  if (!rbd->read_info (cluster, object->image, &info, error))
    return FALSE;
  *is_clone = info.parent != NULL;
  return TRUE;
}

gboolean
vg_rbd_swap_step_is_clone (const VgJournal *journal, const VgStep *step,
                           const VgPeers *peers, gboolean *is_clone,
                           GError **error)
{
  return undo_in_ceph (journal, step, peers, find_parent, is_clone, error);
}
