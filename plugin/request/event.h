/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events of a domain that a policy can respond to. */
#pragma once

#include "request/options.h"

typedef enum {
  VG_EVENT_STOPPED,  /* the domain is shut off */
  VG_EVENT_BACKUP,   /* a backup is due */
  VG_EVENT_SNAPSHOT, /* libvirt has a new snapshot of the domain */
} VgEvent;

/* Parses an event's name ("stopped"); NULL matches no event. FALSE with
 * VG_REQUEST_ERROR_SYNTAX. */
gboolean vg_event_parse (const char *name, VgEvent *event, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

const char *vg_event_to_string (VgEvent event); /* "stopped"; static */

/* The place for the options of a policy for that event. */
VgRequestPlace vg_event_get_place (VgEvent event);
