/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's journal: what it is about to do is on the disk before it does it.
 *
 * One JSON file a job, STATE_PATH/jobs/ID.json, written whole and atomically,
 * and flushed. It never holds a secret. Whoever finds the journal of a job that
 * died can undo its steps (undo.h), for each names what it makes: undoing a
 * step that was not come to is success.
 */
#pragma once

#include <glib.h>

#include "journal/ceph-address.h"
#include "journal/job-image.h"
#include "journal/step.h"
#include "util/json.h"

/* Of the format of the file; see ARCHITECTURE, "Formats and versions". */
#define VG_JOURNAL_VERSION 1

typedef enum {
  VG_JOB_RUNNING, /* or died; see vg_lock_holds_job() */
  VG_JOB_DONE,
  VG_JOB_FAILED, /* and undone, but for steps that are still begun */
} VgJobState;

typedef enum {
  VG_JOB_SNAPSHOT,
  VG_JOB_FLATTEN, /* what a snapshot left to do: see flatten.h */
} VgJobKind;

typedef struct {
  char *path;
  char *id;
  VgJobKind kind;
  char *domain;
  char *uuid;               /* of the domain, or of the image to be flattened:
                               what the job's lock is on */
  char *uri;                /* of the libvirt connection */
  char *project_id;         /* that was signed in to, or NULL: unknown */
  char *order;              /* that asked for it (spool.h), or NULL */
  gint64 started, finished; /* s since 1970; finished 0: not yet */
  gint64 started_us;        /* started, in µs; 0: unknown */
  VgJobState state;
  char *error; /* why it failed, or NULL */
  VgJobQuiesce quiesce;
  GPtrArray *steps;     /* of VgStep */
  GPtrArray *images;    /* of VgJobImage */
  GPtrArray *clusters;  /* of VgCephAddress */
  char **not_contained; /* see VgDomain; or NULL: unknown */
} VgJournal;

/* A new job with a new id. Nothing is written yet. */
VgJournal *vg_journal_new (const char *state_path);
void vg_journal_free (VgJournal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgJournal, vg_journal_free)

/* Adds a step, begun, without writing. Returns its number. */
guint vg_journal_add_step (VgJournal *journal, VgStepKind kind,
                           const char *object);

/* Notes that nothing is left to undo of the step of that number, without
 * writing: it was undone, or never came to be. */
void vg_journal_set_undone (VgJournal *journal, guint number);

/* Notes how the instant was taken, instead of what is noted. Copies it. */
void vg_journal_set_quiesce (VgJournal *journal, const VgJobQuiesce *quiesce);

/* Notes the cluster, if it is not noted yet as reached in this way: each of the
 * disks may name a user of its own. It has an fsid. Copies it. */
void vg_journal_add_cluster (VgJournal *journal, const VgCephAddress *cluster);

/* A new, empty image at the end of images; owned by the journal. */
VgJobImage *vg_journal_add_image (VgJournal *journal);

/* Writes it; makes the folder the first time (0700). GFileError. */
gboolean vg_journal_write (VgJournal *journal, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Keeps the steps of the images that are begun: from here on these stay, even
 * if we die in the next moment. FALSE with GFileError where the journal can't
 * be written; then they don't. */
gboolean vg_journal_keep_images (VgJournal *journal, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Reads one back. VG_JSON_ERROR or GFileError; the message names the file. */
VgJournal *vg_journal_read (const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A file among the journals that can't be read as one. */
typedef struct {
  char *id; /* of its job, by the file's name */
  char *path;
  GError *why; /* of vg_journal_read() */
} VgUnreadJournal;

/* Whether the jobs may be read, or there are none yet. For who tells people of
 * them: others take a folder that can't be read for an empty one. GFileError.
 */
gboolean vg_journal_may_read (const char *state_path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* All jobs known, oldest first; *unread is of VgUnreadJournal, sorted by id.
 * Free both with g_ptr_array_unref(). */
GPtrArray *vg_journal_list (const char *state_path, GPtrArray **unread);

/* The same; those that can't be read are warned of. */
GPtrArray *vg_journal_read_all (const char *state_path);

/* Deletes the oldest finished ones beyond keep. */
void vg_journal_prune (const char *state_path, guint keep);

/* Whether a step is still to be undone. */
gboolean vg_journal_has_leftovers (const VgJournal *journal);

/* Whether a step is still to be undone that needs that peer for it. */
gboolean vg_journal_needs (const VgJournal *journal, VgStepNeeds peer);

/* Whether its images were kept, however it ended then. */
gboolean vg_journal_has_kept (const VgJournal *journal);

/* "running", "done", "failed". */
const char *vg_job_state_to_string (VgJobState state);

/* The journal as it stands in its file. A new reference. */
VgJson *vg_journal_to_json (const VgJournal *journal);
