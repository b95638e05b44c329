/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of failures that scripts can tell apart, as virt-glance(1)
 * documents them: a word that never changes its meaning, and what to do about
 * it. */
#pragma once

#include <glib.h>

typedef enum {
  VG_FAILURE_OTHER,
  VG_FAILURE_USAGE,
  VG_FAILURE_CONFIGURATION,
  VG_FAILURE_DOMAIN,
  VG_FAILURE_DISK,
  VG_FAILURE_SNAPSHOT,
  VG_FAILURE_STORE,
  VG_FAILURE_AUTHENTICATION,
  VG_FAILURE_FORBIDDEN,
  VG_FAILURE_UNAVAILABLE,
  VG_FAILURE_BUSY,
  VG_FAILURE_LEFTOVER,
  VG_FAILURE_LATE,
  VG_FAILURE_CANCELLED,
  VG_FAILURE_INTERRUPTED,
  VG_FAILURE_COPY,
  VG_FAILURE_QUOTA,
  VG_FAILURE_CONTENT,
  VG_FAILURE_INTEGRITY,
  VG_FAILURE_SPACE,
  VG_FAILURE_GUEST_AGENT,
  VG_FAILURE_RESTLESS,
  VG_FAILURE_NO_JOB,
  VG_FAILURE_UNREADABLE,
  VG_FAILURE_WINDOW,
  VG_FAILURE_DRAINED,
  VG_FAILURE_KINDS, /* their number */
} VgFailure;

typedef struct {
  const char *code; /* "busy" */
  const char *hint; /* a clause for people */
} VgFailureTraits;

/* Static. */
const VgFailureTraits *vg_failure_get_traits (VgFailure failure);

/* The kind with that code; VG_FAILURE_OTHER for another code or NULL: a later
 * version may have written it. */
VgFailure vg_failure_from_code (const char *code);
