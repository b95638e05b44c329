/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One guest's backup: what its policy says, its images, and the rotation. */
#pragma once

#include <gio/gio.h>

#include "domain/domain.h"
#include "glance/glance.h"
#include "host/host.h"
#include "journal/journal.h"
#include "plan/plan.h"
#include "request/request.h"
#include "util/json.h"
#include "util/report.h"

typedef struct {
  const VgConfig *config;
  VgRequest *request; /* of the command line, then with the policy's options */
  char *uuid;         /* of the domain */
  VgDomain *domain;   /* as it was found */
  gboolean migrated;  /* it is shut off because it went to another host */
} VgGuestBackup;

void vg_guest_backup_clear (VgGuestBackup *backup);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VgGuestBackup, vg_guest_backup_clear)

/* Finds the request's domain, and sets the members below request. VG_HOST_ERROR
 * or VG_DOMAIN_ERROR. Blocks. */
gboolean vg_guest_backup_find (VgGuestBackup *backup, VgHost *host,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Merges into the request what the domain's policy says about backups of the
 * request's type, or of the first one that it names. *found: whether it says
 * anything; else the request stays. VG_REQUEST_ERROR. Reads only files. */
gboolean vg_guest_backup_follow_policy (VgGuestBackup *backup, gboolean *found,
                                        GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  VgJournal *journal; /* of the job; NULL: none, for a rotation of 0 */
  VgPlan *plan;       /* of a dry run, instead; or NULL */
  GPtrArray *deleted; /* ids of the backups that the rotation deleted, or would
                         delete */
  GError *error;      /* what failed after the images were made, or NULL */
  gboolean unrotated; /* error is that of the rotation alone */
} VgGuestBackupResult;

void vg_guest_backup_result_clear (VgGuestBackupResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VgGuestBackupResult,
                                  vg_guest_backup_result_clear)

/* Makes the images, then deletes old backups. FALSE if no image was made: see
 * vg_run_snapshot(). *phase becomes VG_WORK_FINISHES in between, atomically.
 * Blocks. */
gboolean vg_guest_backup_make (const VgGuestBackup *backup, VgHost *host,
                               VgGlance *glance, const VgReport *report,
                               GCancellable *cancellable, gint *phase,
                               VgGuestBackupResult *result, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Deletes old backups if that has failed in vg_guest_backup_make(), and sets
 * the error of the result anew. Blocks. */
void vg_guest_backup_rotate (const VgGuestBackup *backup, VgGlance *glance,
                             const VgReport *report, GCancellable *cancellable,
                             VgGuestBackupResult *result);

/* Finds out what vg_guest_backup_make() would do, and fails where that would;
 * makes and deletes nothing. Blocks. */
gboolean vg_guest_backup_rehearse (const VgGuestBackup *backup, VgHost *host,
                                   VgGlance *glance, const VgReport *report,
                                   GCancellable *cancellable,
                                   VgGuestBackupResult *result, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The job or the plan with the deleted backups. A new reference. */
VgJson *vg_guest_backup_result_to_json (const VgGuestBackupResult *result);
