/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The status in a domain's metadata: the state of the last order. */
#pragma once

#include "host/guest.h"
#include "journal/journal.h"

typedef enum {
  VG_STATUS_WAITING,
  VG_STATUS_RUNNING,
  VG_STATUS_DONE,
  VG_STATUS_FAILED,
  VG_STATUS_SKIPPED, /* nothing to do; text has the reason */
} VgStatusState;

/* NULL where unknown or not applicable; all borrowed. */
typedef struct {
  VgStatusState state;
  const char *order;
  const char *job;
  int percent;              /* of the current image; -1: none */
  const VgJournal *journal; /* whose images are listed */
  const char *text;         /* the error or reason, a sentence */
} VgStatus;

/* The element, without its namespace. Free with g_free(). */
char *vg_status_to_xml (const VgStatus *status);

/* Writes it to the domain's metadata. Blocks. */
gboolean vg_status_put (VgGuest *guest, const VgStatus *status, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
