/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as lines of JSON. */
#include "cmd/event.h"

#include <stdio.h>

#include "cmd/output.h"

void
vg_event_print (const char *event, VgJson *json)
{
  g_autoptr (VgJson) object = json != NULL ? json : json_object_new_object ();
  g_autofree char *text = NULL;

  vg_json_set_string (object, "event", event);
  vg_json_set_int (object, "time", g_get_real_time () / G_USEC_PER_SEC);
  vg_output_set_version (object);
  text = vg_json_to_text (object, FALSE);
  fprintf (stderr, "%s\n", text);
}

void
vg_event_print_message (const char *event, const char *message)
{
  VgJson *json = json_object_new_object ();

  vg_json_set_string (json, "message", message);
  vg_event_print (event, json);
}
