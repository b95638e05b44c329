/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The job room's errors. */
#pragma once

#include <glib.h>

#define VG_RUN_ERROR (vg_run_error_quark ())
typedef enum {
  VG_RUN_ERROR_RESTLESS, /* the domain was started or stopped repeatedly, or
                            its backup job ended by others */
  VG_RUN_ERROR_LEFTOVER, /* the job failed, and not all could be undone; the
                            message has both, and 'recover' tries again */
  VG_RUN_ERROR_LATE,     /* likewise, but only because what the job asked for
                            without an answer may still appear */
  VG_RUN_ERROR_SAVED,    /* quiescing is required of a saved domain */
  VG_RUN_ERROR_UNTIL,    /* the window in which it might have begun is over */
  VG_RUN_ERROR_DRAINED,  /* nothing new begins on this host */
  VG_RUN_ERROR_ENDED,    /* another program ended the backup job, and wants
                            nothing else of the domain: an order to stop */
  VG_RUN_ERROR_NO_JOB,   /* there is no such job */
  VG_RUN_ERROR_INTERRUPTED, /* the job's process ended before the job */
  VG_RUN_ERROR_COPY, /* the images exist, but a copy to another store failed */
} VgRunError;
GQuark vg_run_error_quark (void);

/* Whether it is VG_RUN_ERROR_LATE: waiting helps. */
gboolean vg_run_error_is_late (const GError *error);
