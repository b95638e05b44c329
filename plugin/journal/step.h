/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of a job's steps, in one table. A new kind is one row, and its undo
 * function in the room job. */
#pragma once

#include <glib.h>

/* Which peer of the job undoing a step needs (job/peers.h). */
typedef enum {
  VG_STEP_NEEDS_NOTHING,
  VG_STEP_NEEDS_GUEST,
  VG_STEP_NEEDS_GLANCE,
  VG_STEP_NEEDS_CEPH,
} VgStepNeeds;

/* What the step made a part of. */
typedef enum {
  VG_STEP_OF_INSTANT, /* always undone when the job is over */
  VG_STEP_OF_IMAGE,   /* kept when the job's images are kept */
  VG_STEP_OF_NEITHER, /* what a job left to do: "undone" by being done */
} VgStepPart;

#define VG_STEP_BIT(kind) (1u << VG_STEP_##kind)

/* The kinds that use what other steps made in Ceph. */
#define VG_STEP_BITS_CLONE                                                     \
  (VG_STEP_BIT (LOCATION) | VG_STEP_BIT (RBD_IMAGE) | VG_STEP_BIT (FLATTEN))

/* The table: ROW (KIND, name, needs, part, held_by, undo).
 *
 * KIND    gives VG_STEP_KIND; the comment above a row says what the step's
 *         object is
 * name    in the journal's file
 * needs   VG_STEP_NEEDS_…
 * part    VG_STEP_OF_…
 * held_by VG_STEP_BIT of each kind that uses what the step made: while a later
 *         step of such a kind can't be undone, undoing this one isn't tried
 * undo    the function in job/undo-kinds.h
 */
#define VG_STEP_KINDS(ROW)                                                     \
  /* a path */                                                                 \
  ROW (FOLDER, "folder", NOTHING, INSTANT, VG_STEP_BIT (BACKUP),               \
       vg_undo_folder)                                                         \
  /* the image's id in Glance */                                               \
  ROW (IMAGE, "image", GLANCE, IMAGE, 0, vg_undo_image)                        \
  /* the domain's name */                                                      \
  ROW (FREEZE, "freeze", GUEST, INSTANT, 0, vg_undo_freeze)                    \
  /* path of the backup job's NBD socket */                                    \
  ROW (BACKUP, "backup", GUEST, INSTANT, 0, vg_undo_backup)                    \
  /* FSID/POOL/IMAGE@SNAPSHOT */                                               \
  ROW (RBD_SNAPSHOT, "rbd-snapshot", CEPH, INSTANT, VG_STEP_BITS_CLONE,        \
       vg_undo_rbd_snapshot)                                                   \
  /* FSID/POOL/IMAGE, a clone of ours */                                       \
  ROW (RBD_IMAGE, "rbd-image", CEPH, IMAGE, VG_STEP_BITS_CLONE,                \
       vg_undo_rbd_image)                                                      \
  /* id of the image whose address Glance is told: the image is deleted from   \
   * Glance before what it is made of */                                       \
  ROW (LOCATION, "location", GLANCE, IMAGE, 0, vg_undo_image)                  \
  /* FSID/POOL/IMAGE */                                                        \
  ROW (FLATTEN, "flatten", CEPH, NEITHER, VG_STEP_BITS_CLONE, vg_undo_flatten) \
  /* id of the image that is protected from being deleted, by us too: so this  \
   * is undone before the image */                                             \
  ROW (PROTECT, "protect", GLANCE, IMAGE, 0, vg_undo_protection)

typedef enum {
#define VG_STEP_ENUMERATE(kind, ...) VG_STEP_##kind,
  VG_STEP_KINDS (VG_STEP_ENUMERATE)
#undef VG_STEP_ENUMERATE
  VG_N_STEP_KINDS /* no kind: how many there are */
} VgStepKind;

typedef enum {
  VG_STEP_BEGUN, /* to be undone */
  VG_STEP_UNDONE,
  VG_STEP_KEPT, /* what the job was for; never undone */
} VgStepState;

typedef struct {
  VgStepKind kind;
  VgStepState state;
  char *object;
} VgStep;

/* A kind's row, but for its undo function. */
typedef struct {
  const char *name;
  VgStepNeeds needs;
  VgStepPart part;
  guint held_by;
} VgStepTraits;

/* Of a kind that there is; static. */
const VgStepTraits *vg_step_get_traits (VgStepKind kind);

/* Reads a name; FALSE, *kind untouched, for one that no kind has (NULL too). */
gboolean vg_step_kind_from_string (const char *name, VgStepKind *kind)
    G_GNUC_WARN_UNUSED_RESULT;

/* "begun", "undone", "kept"; and back, likewise. */
const char *vg_step_state_to_string (VgStepState state);
gboolean vg_step_state_from_string (const char *name, VgStepState *state)
    G_GNUC_WARN_UNUSED_RESULT;
