/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON of restored disks. */
#include "cmd/restored.h"

VgJson *
vg_restored_disk_to_json (const char *target, const VgFetch *fetch,
                          const char *path, const char *format)
{
  const VgImageRecord *image = fetch->image;
  VgJson *json = json_object_new_object ();

  vg_json_set_string (json, "disk", target);
  vg_json_set_string (json, "image", image->id);
  vg_json_set_string (json, "name", image->name);
  vg_json_set_string (json, "disk_format", image->disk_format);
  vg_json_set_int (json, "size", (gint64) image->size);
  vg_json_set_string (json, "hash_algo", fetch->algorithm);
  vg_json_set_string (json, "file", path);
  vg_json_set_string (json, "format", format);
  vg_json_set_bool (json, "converted", fetch->to != NULL);
  return json;
}
