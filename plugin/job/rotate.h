/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rotation of backups, as Nova's createBackup does it, or by days, weeks and
 * months. */
#pragma once

#include <gio/gio.h>

#include "domain/domain.h"
#include "glance/glance.h"
#include "journal/journal.h"
#include "util/report.h"
#include "job/retention.h"
#include "plan/plan.h"
#include "request/request.h"

/* Selects backups; all borrowed. */
typedef struct {
  const char *uuid;        /* of the instance */
  const char *backup_type; /* "daily" */
  VgRetention keep;        /* the backups to keep, for each disk */
  const char *owner;     /* a project whose images count together with ours: the
                            images' owner, see vg_rotate_get_owner(); or NULL */
  const VgJournal *made; /* its images are the latest, whatever the times in
                            Glance, which have a resolution of 1 s; or NULL */
  const VgPlan *planned; /* its images count as the latest, though they are not
                            made yet; or NULL */
  gboolean dry_run;      /* delete nothing: only tell what would be deleted */
} VgRotation;

/* The project that owns the journal's images; without a journal, because no
 * image was to be created, the project that would have owned them. The other
 * arguments are used only then. NULL: unknown. Borrowed. */
const char *vg_rotate_get_owner (const VgJournal *journal,
                                 const VgRequest *request,
                                 const VgConfig *config,
                                 const VgDomain *domain);

/* Deletes the oldest active backups, keeping the latest of each disk; an image
 * of another disk goes with the root disk's of the same snapshot, if that one
 * goes. Protected ones stay, with a warning; a failed deletion is a warning too
 * (one for all that the credentials don't permit) and does not stop the others.
 * One warning tells if backups in the instance's project are not ours to see.
 * deleted gets the ids of the deleted ones. FALSE if the backups can't
 * be listed, a deletion failed, or the rotation was cancelled before the last
 * one. Blocks. */
gboolean vg_rotate_backups (VgGlance *glance, const VgRotation *rotation,
                            const VgReport *report, GPtrArray *deleted,
                            GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The same for that list of the backups of one type and owner, VgImageRecord in
 * any order, which it sorts. */
gboolean vg_rotate_listed (VgGlance *glance, const VgRotation *rotation,
                           GPtrArray *backups, const VgReport *report,
                           GPtrArray *deleted, GCancellable *cancellable,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
