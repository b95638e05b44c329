/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's journal: each step is on disk before the job takes it.
 *
 * There is one JSON file for each job, STATE_PATH/jobs/ID.json, written
 * atomically and flushed. It never contains secrets. Any process that finds the
 * journal of a dead job can undo its steps (undo.h), because each names its
 * object: undoing a step that was not taken is success.
 */
#pragma once

#include <glib.h>

#include "journal/ceph-address.h"
#include "journal/job-image.h"
#include "journal/job-state.h"
#include "journal/step.h"
#include "util/json.h"

/* The file format's version; see ARCHITECTURE, "Formats and versions". */
#define VG_JOURNAL_VERSION 1

typedef struct {
  char *path;
  char *id;
  VgJobKind kind;
  char *domain;
  char *uuid; /* of the domain, or of the image to flatten: the lock's key */
  char *uri;  /* of the libvirt connection */
  char *project_id;         /* authenticated to, or NULL: unknown */
  char *order;              /* that caused the job (spool.h), or NULL */
  guint tries;              /* of that order; 0: one */
  char *backup_type;        /* "daily", or NULL: no backup */
  int rotation;             /* how many of that type are kept; -1: not told */
  gint64 started, finished; /* s since 1970; finished 0: not yet */
  gint64 started_us;        /* started, in µs; 0: unknown */
  VgJobState state;
  char *error; /* why it failed, or NULL */
  char *code;  /* the kind of that failure (util/failure.h), or NULL */
  VgJobQuiesce quiesce;
  GPtrArray *steps;     /* of VgStep */
  guint n_written;      /* how many of them are in the file */
  GPtrArray *images;    /* of VgJobImage */
  GPtrArray *clusters;  /* of VgCephAddress */
  char **not_contained; /* see VgDomain; or NULL: unknown */
} VgJournal;

/* A new job with a new id, not yet written. */
VgJournal *vg_journal_new (const char *state_path);
void vg_journal_free (VgJournal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgJournal, vg_journal_free)

/* Adds a step, begun and unasked, without writing. Returns its number. */
guint vg_journal_add_step (VgJournal *journal, VgStepKind kind,
                           const char *object);

/* To be called before each request for the step's object: until it is answered,
 * somebody else may still make the object. Writes the journal, unless the step
 * is in the file, with about this time. GFileError. */
gboolean vg_journal_ask (VgJournal *journal, guint number, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Notes that the request was answered, or will never be carried out, without
 * writing. */
void vg_journal_set_answered (VgJournal *journal, guint number);

/* The object of an image's step is no longer part of the job's results: it will
 * be undone even if the images are kept. */
void vg_journal_drop (VgJournal *journal, guint number);

/* Marks that step as undone, or never taken, without writing. */
void vg_journal_set_undone (VgJournal *journal, guint number);

/* Sets how the instant was taken. Copies it. */
void vg_journal_set_quiesce (VgJournal *journal, const VgJobQuiesce *quiesce);

/* Adds the cluster, which has an fsid, unless it is already known with the same
 * address and user: each disk may name its own user. Copies it. */
void vg_journal_add_cluster (VgJournal *journal, const VgCephAddress *cluster);

/* Appends a new, empty image to images; owned by the journal. */
VgJobImage *vg_journal_add_image (VgJournal *journal);

/* Writes the journal; creates the directory if needed (0700). GFileError. */
gboolean vg_journal_write (VgJournal *journal, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether that directory is there or could be made; makes nothing. */
gboolean vg_journal_try (const char *state_path, GError **error);

/* Marks the begun steps of the images, except dropped ones, as kept: from here
 * on the images stay, even after a crash. FALSE with GFileError if the journal
 * can't be written; then they don't. */
gboolean vg_journal_keep_images (VgJournal *journal, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Reads a journal. VG_JSON_ERROR or GFileError; the message names the file. */
VgJournal *vg_journal_read (const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The journal of the job with that id, or NULL. */
VgJournal *vg_journal_find (const char *state_path, const char *id);

/* A journal file that can't be read; with that id, the directory of all. */
#define VG_UNREAD_ALL "*"
typedef struct {
  char *id; /* of its job, from the file's name */
  char *path;
  GError *why; /* of vg_journal_read() */
} VgUnreadJournal;

/* Whether the jobs can be read, or none exist yet. GFileError. */
gboolean vg_journal_may_read (const char *state_path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The same, and nobody but root and our user can have written the journals. */
gboolean vg_journal_may_trust (const char *state_path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* All known jobs, oldest first; *unread has VgUnreadJournal, sorted by id. Free
 * both with g_ptr_array_unref(). */
GPtrArray *vg_journal_list (const char *state_path, GPtrArray **unread);

/* Like vg_journal_list(), with a warning for each unreadable file. */
GPtrArray *vg_journal_read_all (const char *state_path);

/* Deletes the oldest finished jobs beyond keep, records beyond half of that or
 * older than 30 days, and abandoned files. */
void vg_journal_prune (const char *state_path, guint keep);

/* Whether it ended before its first step; whether any step remains to be
 * undone.
 */
gboolean vg_journal_is_record (const VgJournal *journal);
gboolean vg_journal_has_leftovers (const VgJournal *journal);

/* Whether the object is known from steps of that kind, and all of them, in all
 * those VgJournal, are undone. */
gboolean vg_journal_all_undone (const GPtrArray *journals, VgStepKind kind,
                                const char *object);

/* Whether any step that remains to be undone needs that peer; whether its
 * images were kept, whatever its result. */
gboolean vg_journal_needs (const VgJournal *journal, VgStepNeeds peer);
gboolean vg_journal_has_kept (const VgJournal *journal);

/* The journal as JSON, for output: as in its file, but "error" is an object. A
 * new reference. */
VgJson *vg_journal_to_json (const VgJournal *journal);
