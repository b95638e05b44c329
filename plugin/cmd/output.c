/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON on stdout. */
#include "cmd/output.h"

void
vg_output_set_version (VgJson *json)
{
  if (json_object_is_type (json, json_type_object)) {
    vg_json_set_int (json, "version", VG_OUTPUT_VERSION);
    return;
  }
  for (gsize i = 0; i < json_object_array_length (json); i++)
    vg_output_set_version (json_object_array_get_idx (json, i));
}

void
vg_output_print (VgJson *json, FILE *out)
{
  g_autofree char *text = NULL;

  vg_output_set_version (json);
  text = vg_json_to_text (json, TRUE);
  fprintf (out, "%s\n", text);
}
