/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which jobs "virt-glance jobs" lists. */
#pragma once

#include <glib.h>

/* NULL and 0: all. */
typedef struct {
  char *domain; /* name or UUID */
  char *state;
  char *since_text;
  gint64 since; /* s since 1970; set by vg_jobs_filter_check() */
  int last;     /* that many at most, the latest */
} VgJobsFilter;

void vg_jobs_filter_clear (VgJobsFilter *filter);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VgJobsFilter, vg_jobs_filter_clear)

/* Checks the values of the options. follows: with --follow. FALSE with
 * VG_REQUEST_ERROR_INVALID. */
gboolean vg_jobs_filter_check (VgJobsFilter *filter, gboolean follows,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether an entry is listed, apart from last. domain, uuid: NULL if unknown;
 * time: s since 1970, 0 if unknown. */
gboolean vg_jobs_filter_has (const VgJobsFilter *filter, const char *domain,
                             const char *uuid, const char *state, gint64 time);
