/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exit statuses, as virt-glance(1) documents them. */
#pragma once

#include <glib.h>

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
} VgExit;

/* The exit status for error. */
VgExit vg_exit_from_error (const GError *error);

/* Prints "virt-glance: MESSAGE" on stderr, escaped for terminals, and returns
 * the exit status. */
VgExit vg_exit_with_error (const GError *error);

/* Flushes stdout. Returns status, or a failure instead of success if stdout
 * can't be written. In that case prints a sentence on stderr, which includes
 * done, the result of the command (printable; or NULL). */
VgExit vg_exit_flush (VgExit status, const char *done);
