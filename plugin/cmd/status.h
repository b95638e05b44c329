/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exit statuses, as virt-glance(1) documents them. */
#pragma once

#include <glib.h>

#include "journal/journal.h"
#include "util/failure.h"

typedef enum {
  VG_EXIT_SUCCESS = 0,
  VG_EXIT_FAILURE = 1,     /* anything else */
  VG_EXIT_USAGE = 2,       /* invalid options or configuration */
  VG_EXIT_DOMAIN = 3,      /* unknown domain or disk, or it can't be
                              snapshotted */
  VG_EXIT_STORE = 4,       /* unknown store, or not writable */
  VG_EXIT_DENIED = 5,      /* authentication failed or permission denied */
  VG_EXIT_UNAVAILABLE = 6, /* Glance or libvirt is unreachable: try later */
  VG_EXIT_BUSY = 7,        /* another job is running on the domain */
  VG_EXIT_LEFTOVER = 8,    /* rollback incomplete: run recover */
  VG_EXIT_CANCELLED = 9,   /* the job was cancelled from outside */
} VgExit;

/* The exit status for failure, and for error. */
VgExit vg_exit_from_failure (VgFailure failure);
VgExit vg_exit_from_error (const GError *error);

/* Tells that the command failed, and returns the exit status: by the log, so
 * that it is "virt-glance: MESSAGE" on stderr, escaped for terminals, and with
 * --json an object on stdout (cmd/log.h). */
VgExit vg_exit_with_error (const GError *error);

/* The same with a sentence, of that kind. */
VgExit vg_exit_failing (VgFailure failure, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

/* The same of a job, whose journal goes into the object and, by its fields,
 * into the system's journal. result: the object so far (borrowed and changed),
 * or NULL: the job alone. */
VgExit vg_exit_with_job (const GError *error, const VgJournal *journal,
                         VgJson *result);

/* Flushes stdout. Returns status, or a failure instead of success if stdout
 * can't be written. In that case prints a sentence on stderr, which includes
 * done, the result of the command (printable; or NULL). */
VgExit vg_exit_flush (VgExit status, const char *done);
