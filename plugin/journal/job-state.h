/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a job is, and how it ended. */
#pragma once

#include "util/json.h"

/* The UUID of a domain, where it is unknown. */
#define VG_JOURNAL_NO_UUID "00000000-0000-0000-0000-000000000000"

typedef enum {
  VG_JOB_RUNNING, /* or died; see vg_lock_holds_job() */
  VG_JOB_DONE,
  VG_JOB_FAILED,    /* and undone, except steps that are still begun */
  VG_JOB_CANCELLED, /* likewise, because somebody wanted it to end */
} VgJobState;

typedef enum {
  VG_JOB_SNAPSHOT,
  VG_JOB_FLATTEN, /* remaining work of a snapshot: see flatten.h */
  VG_JOB_RESTORE, /* of a guest's disks */
} VgJobKind;

const char *vg_job_state_to_string (VgJobState state); /* "running" … */

/* A failure for output: { "code", "message", "hint" }. message: cut if it is
 * long. A new reference. */
VgJson *vg_journal_error_to_json (const char *code, const char *message);
