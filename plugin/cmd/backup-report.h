/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The report of a run over many guests: done, skipped, failed. */
#pragma once

#include <glib.h>

#include "cmd/guest-backup.h"
#include "cmd/status.h"

typedef struct _VgBackupReport VgBackupReport;

/* type: of the backups. */
VgBackupReport *vg_backup_report_new (const char *type);
void vg_backup_report_free (VgBackupReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgBackupReport, vg_backup_report_free)

/* The backup was made; something may have failed afterwards. */
void vg_backup_report_add_done (VgBackupReport *report,
                                const VgGuestBackup *backup,
                                const VgGuestBackupResult *result);

/* The backup would be made. */
void vg_backup_report_add_planned (VgBackupReport *report,
                                   const VgGuestBackup *backup,
                                   const VgGuestBackupResult *result);

/* reason: a clause for users. image: the newer backup, or NULL. */
void vg_backup_report_add_skipped (VgBackupReport *report,
                                   const VgGuestBackup *backup,
                                   const char *reason, const char *image);

/* No image was made. The backup's domain may be NULL; journal: of the job, or
 * NULL. */
void vg_backup_report_add_failed (VgBackupReport *report,
                                  const VgGuestBackup *backup,
                                  const VgJournal *journal,
                                  const GError *error);

/* Another guest, whose policy wants no backup of this type. */
void vg_backup_report_add_other (VgBackupReport *report);

/* The run ended early: the guests that were not looked at. */
void vg_backup_report_end_early (VgBackupReport *report, const GError *error,
                                 guint n_left);

/* The waits while a service was away (VgOutage), or NULL: none. */
void vg_backup_report_set_waits (VgBackupReport *report, VgJson *waits);

/* Prints it on stdout, and tells that something failed. Returns the exit
 * status: 0 if nothing failed, the status of the failures if they have the
 * same, else VG_EXIT_LEFTOVER if any has it, else VG_EXIT_FAILURE. */
int vg_backup_report_end (const VgBackupReport *report, gboolean json);
