/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rotation of backups, as Nova's createBackup does it. */
#pragma once

#include <gio/gio.h>

#include "domain/domain.h"
#include "glance/glance.h"
#include "journal/journal.h"
#include "util/report.h"
#include "request/request.h"

/* Which backups; all borrowed. */
typedef struct {
  const char *uuid;        /* of the instance */
  const char *backup_type; /* "daily" */
  guint rotation;          /* so many are kept of each disk */
  const char *owner; /* a project whose count as well as ours, as one: that the
                        images are made for, see vg_rotate_get_owner(); or NULL
                      */
  const VgJournal *made; /* whose images are the latest, whatever Glance says,
                            which tells ages in seconds; or NULL */
} VgRotation;

/* The project that the journal's images belong to; where there is no journal,
 * since no image was to be made, the project that they would have belonged to.
 * The other arguments are looked at only then. NULL: unknown. Borrowed. */
const char *vg_rotate_get_owner (const VgJournal *journal,
                                 const VgRequest *request,
                                 const VgConfig *config,
                                 const VgDomain *domain);

/* Deletes the oldest active ones but for the latest. Protected ones stay, and
 * are told as warnings; so is what can't be deleted, which is in nobody's way.
 * deleted gets the ids of the others. FALSE where the backups can't be listed,
 * or one could not be deleted. Blocks. */
gboolean vg_rotate_backups (VgGlance *glance, const VgRotation *rotation,
                            const VgReport *report, GPtrArray *deleted,
                            GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
