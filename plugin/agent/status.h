/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answer in a domain's metadata: what became of the last order. */
#pragma once

#include "host/guest.h"
#include "journal/journal.h"

typedef enum {
  VG_STATUS_WAITING,
  VG_STATUS_RUNNING,
  VG_STATUS_DONE,
  VG_STATUS_FAILED,
  VG_STATUS_SKIPPED, /* nothing was to be done; text says why */
} VgStatusState;

/* NULL where it isn't known or doesn't apply; all borrowed. */
typedef struct {
  VgStatusState state;
  const char *order;
  const char *job;
  int percent;              /* of the image under way; -1: none */
  const VgJournal *journal; /* whose images are named */
  const char *text;         /* the error or reason, one sentence */
} VgStatus;

/* The element, without its namespace. Free with g_free(). */
char *vg_status_to_xml (const VgStatus *status);

/* Puts it into the domain's metadata. Blocks. */
gboolean vg_status_put (VgGuest *guest, const VgStatus *status, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
