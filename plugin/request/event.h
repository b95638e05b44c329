/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens to a domain that a policy may answer. */
#pragma once

#include "request/options.h"

typedef enum {
  VG_EVENT_STOPPED,  /* it is shut off */
  VG_EVENT_BACKUP,   /* it is time for one */
  VG_EVENT_SNAPSHOT, /* libvirt has a new snapshot of it */
} VgEvent;

/* The event of that name ("stopped"; or NULL, which no event has). FALSE with
 * VG_REQUEST_ERROR_SYNTAX. */
gboolean vg_event_parse (const char *name, VgEvent *event, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Where the options of a policy for that event are said. */
VgRequestPlace vg_event_get_place (VgEvent event);
