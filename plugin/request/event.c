/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of the events. */
#include "request/event.h"

#include "request/error.h"
#include "util/text.h"

#define SHOWN 40

static const char *const names[] = { "stopped", "backup", "snapshot" };

const char *
vg_event_to_string (VgEvent event)
{
  return names[event];
}

gboolean
vg_event_parse (const char *name, VgEvent *event, GError **error)
{
  g_autofree char *shown = vg_text_clean (name, SHOWN);

  int i = vg_text_find_word (names, G_N_ELEMENTS (names), name);

  if (i >= 0) {
    *event = (VgEvent) i;
    return TRUE;
  }
  g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX,
               name == NULL
                   ? "the event is missing; it is stopped, backup or snapshot"
                   : "unknown event '%s'; it is stopped, backup or snapshot",
               shown);
  return FALSE;
}

VgRequestPlace
vg_event_get_place (VgEvent event)
{
  static const VgRequestPlace places[] = {
    [VG_EVENT_STOPPED] = VG_PLACE_ON_STOPPED,
    [VG_EVENT_BACKUP] = VG_PLACE_ON_BACKUP,
    [VG_EVENT_SNAPSHOT] = VG_PLACE_ON_SNAPSHOT,
  };

  return places[event];
}
