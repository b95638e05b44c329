/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of a job's steps, in one table. A new kind needs one row, and an
 * undo function in the room job. */
#pragma once

#include <glib.h>

/* The job's peer that undoing a step needs (job/peers.h). */
typedef enum {
  VG_STEP_NEEDS_NOTHING,
  VG_STEP_NEEDS_GUEST,
  VG_STEP_NEEDS_GLANCE,
  VG_STEP_NEEDS_CEPH,
  VG_STEP_NEEDS_HOST, /* libvirt, whether the guest is there or not */
} VgStepNeeds;

/* What the step's object belongs to. */
typedef enum {
  VG_STEP_OF_INSTANT, /* always undone at the end of the job */
  VG_STEP_OF_IMAGE,   /* kept if the job's images are kept */
  VG_STEP_OF_NEITHER, /* a job's remaining work: "undone" once done */
} VgStepPart;

#define VG_STEP_BIT(kind) (1u << VG_STEP_##kind)

/* The kinds that use the objects of other steps in Ceph. */
#define VG_STEP_BITS_CLONE                                                     \
  (VG_STEP_BIT (LOCATION) | VG_STEP_BIT (RBD_IMAGE) | VG_STEP_BIT (FLATTEN))

/* The table: ROW (KIND, name, needs, part, held_by, late, undo, look).
 *
 * KIND    gives VG_STEP_KIND; the comment above a row describes the step's
 *         object
 * name    in the journal's file
 * needs   VG_STEP_NEEDS_…
 * part    VG_STEP_OF_…
 * held_by VG_STEP_BIT of each kind that uses the step's object: while a later
 *         step of such a kind can't be undone, this one isn't undone
 * late    for how many seconds after the request somebody else may still make
 *         the step's object, although nobody waits for the answer any more; 0:
 *         no longer than undoing the step takes. The reasons are in
 *         ARCHITECTURE, "Late deeds"
 * undo    the function in job/undo-kinds.h
 * look    likewise, or NULL: it can't be told
 */
#define VG_STEP_KINDS(ROW)                                                     \
  /* a path */                                                                 \
  ROW (FOLDER, "folder", NOTHING, INSTANT, VG_STEP_BIT (BACKUP), 0,            \
       vg_undo_folder, NULL)                                                   \
  /* the image's id in Glance */                                               \
  ROW (IMAGE, "image", GLANCE, IMAGE, 0, 120, vg_undo_image, vg_look_image)    \
  /* the domain's name */                                                      \
  ROW (FREEZE, "freeze", GUEST, INSTANT, 0, 0, vg_undo_freeze, NULL)           \
  /* path of the backup job's NBD socket */                                    \
  ROW (BACKUP, "backup", GUEST, INSTANT, 0, 60, vg_undo_backup,                \
       vg_look_backup)                                                         \
  /* FSID/POOL/IMAGE@SNAPSHOT */                                               \
  ROW (RBD_SNAPSHOT, "rbd-snapshot", CEPH, INSTANT, VG_STEP_BITS_CLONE, 120,   \
       vg_undo_rbd_snapshot, vg_look_rbd_snapshot)                             \
  /* FSID/POOL/IMAGE, a clone of ours */                                       \
  ROW (RBD_IMAGE, "rbd-image", CEPH, IMAGE, VG_STEP_BITS_CLONE, 0,             \
       vg_undo_rbd_image, NULL)                                                \
  /* id of the image whose location Glance gets: the image is deleted from     \
   * Glance before its RBD image */                                            \
  ROW (LOCATION, "location", GLANCE, IMAGE, 0, 0, vg_undo_location, NULL)      \
  /* FSID/POOL/IMAGE */                                                        \
  ROW (FLATTEN, "flatten", CEPH, NEITHER, VG_STEP_BITS_CLONE, 0,               \
       vg_undo_flatten, NULL)                                                  \
  /* id of the image protected from deletion, even by us: so this is undone    \
   * before the image */                                                       \
  ROW (PROTECT, "protect", GLANCE, IMAGE, 0, 120, vg_undo_protection, NULL)    \
  /* path of a file that a restore makes, with the job's id in its name */     \
  ROW (NEW_FILE, "new-file", NOTHING, INSTANT, 0, 0, vg_undo_new_file, NULL)   \
  /* path of a disk whose file is exchanged for a new one (disk/swap.h) */     \
  ROW (SWAP, "swap", NOTHING, IMAGE, 0, 0, vg_undo_swap, NULL)                 \
  /* path of a disk that gets its name, of a domain that isn't there yet */    \
  ROW (DISK_FILE, "disk-file", NOTHING, IMAGE, VG_STEP_BIT (DOMAIN), 0,        \
       vg_undo_disk_file, NULL)                                                \
  /* UUID of a domain that is defined */                                       \
  ROW (DOMAIN, "domain", HOST, IMAGE, 0, 60, vg_undo_domain, vg_look_domain)   \
  /* path of a block device that gets another content: only a later restore of \
   * it can undo that */                                                       \
  ROW (OVERWRITE, "overwrite", NOTHING, IMAGE, 0, 0, vg_undo_overwrite, NULL)  \
  /* FSID/POOL/IMAGE that a restore makes, with the job's id in its name */    \
  ROW (RBD_NEW, "rbd-new", CEPH, INSTANT, VG_STEP_BIT (RBD_SWAP), 0,           \
       vg_undo_rbd_new, NULL)                                                  \
  /* FSID/POOL/IMAGE of a disk that is exchanged for a new one                 \
   * (disk/rbd/swap.h) */                                                      \
  ROW (RBD_SWAP, "rbd-swap", CEPH, IMAGE, 0, 0, vg_undo_rbd_swap, NULL)        \
  /* target of a disk; xml: the chain that the domain's definition loses */    \
  ROW (BACKING_STORE, "backing-store", GUEST, IMAGE,                           \
       VG_STEP_BIT (SWAP) | VG_STEP_BIT (RBD_SWAP), 60, vg_undo_backing_store, \
       vg_look_backing_store)

typedef enum {
#define VG_STEP_ENUMERATE(kind, ...) VG_STEP_##kind,
  VG_STEP_KINDS (VG_STEP_ENUMERATE)
#undef VG_STEP_ENUMERATE
  VG_N_STEP_KINDS /* number of kinds */
} VgStepKind;

typedef enum {
  VG_STEP_BEGUN, /* to undo */
  VG_STEP_UNDONE,
  VG_STEP_KEPT, /* a result of the job; never undone */
} VgStepState;

/* The request for the step's object. */
typedef enum {
  VG_STEP_UNANSWERED, /* may still be carried out; also of a dead job */
  VG_STEP_UNASKED,    /* this process has not sent it yet */
  VG_STEP_ANSWERED,   /* was carried out, or never will be */
} VgStepRequest;

typedef struct {
  VgStepKind kind;
  VgStepState state;
  char *object;
  char *xml; /* that undoing puts back, without secrets; or NULL */
  VgStepRequest request;
  gint64 asked;     /* when it was sent at the latest, s since 1970 */
  gboolean dropped; /* not for keeping; only in this process */
} VgStep;

/* A kind's row, without its functions. */
typedef struct {
  const char *name;
  VgStepNeeds needs;
  VgStepPart part;
  guint held_by;
  guint late; /* s */
} VgStepTraits;

/* kind must exist; static. */
const VgStepTraits *vg_step_get_traits (VgStepKind kind);

/* Reads a name; FALSE, *kind untouched, if unknown (or NULL). */
gboolean vg_step_kind_from_string (const char *name, VgStepKind *kind)
    G_GNUC_WARN_UNUSED_RESULT;

/* "begun", "undone", "kept"; and back, likewise. */
const char *vg_step_state_to_string (VgStepState state);
gboolean vg_step_state_from_string (const char *name, VgStepState *state)
    G_GNUC_WARN_UNUSED_RESULT;

/* Until when the step's object may still appear, in s since 1970; 0 if it no
 * longer can at the time now. A request of the future was sent by a clock that
 * was set back since: it counts from now on, so step->asked changes. */
gint64 vg_step_get_due (VgStep *step, gint64 now);
