/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which backups are kept: the rules --rotation, --keep-daily, --keep-weekly and
 * --keep-monthly. */
#pragma once

#include "request/request.h"

/* A backup is kept if any rule keeps it, as in restic's forget(1). */
typedef struct {
  gint64 last;   /* the newest ones; VG_REQUEST_UNSAID: no such rule */
  guint daily;   /* the newest one of each of the last so many days that have
                    backups; in UTC, so that hosts agree; 0: no such rule */
  guint weekly;  /* of weeks, which begin on Monday */
  guint monthly; /* of calendar months */
} VgRetention;

VgRetention vg_retention_from_request (const VgRequest *request);

/* keeps[i]: whether the backup made at times[i] (s since 1970) is kept, of n
 * backups, newest first. One whose time is unknown (0) is kept by each rule but
 * last. */
void vg_retention_apply (const VgRetention *retention, const gint64 *times,
                         guint n, gboolean *keeps);
