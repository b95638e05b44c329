/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exit statuses, as virt-glance(1) documents them. */
#pragma once

#include <glib.h>

typedef enum {
  VG_EXIT_SUCCESS = 0,
  VG_EXIT_FAILURE = 1,     /* anything else */
  VG_EXIT_USAGE = 2,       /* wrong options or configuration */
  VG_EXIT_DOMAIN = 3,      /* no such domain or disk, or not one that can be
                              snapshotted */
  VG_EXIT_STORE = 4,       /* no such store, or it can't be written */
  VG_EXIT_DENIED = 5,      /* Keystone, Glance or libvirt say no */
  VG_EXIT_UNAVAILABLE = 6, /* Glance or libvirt can't be reached: try later */
  VG_EXIT_BUSY = 7,        /* another job is at work on the domain */
  VG_EXIT_LEFTOVER = 8,    /* something was left: run recover */
} VgExit;

/* The exit status that tells of error. */
VgExit vg_exit_from_error (const GError *error);

/* Prints "virt-glance: MESSAGE" on stderr, safe for a terminal, and returns the
 * exit status. */
VgExit vg_exit_with_error (const GError *error);

/* The exit status once all that was printed is written: status, unless that
 * was success and stdout can't be written. Then one sentence on stderr tells
 * so, and what was done all the same (printable; or NULL: nothing). */
VgExit vg_exit_flush (VgExit status, const char *done);
