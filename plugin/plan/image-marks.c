/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells our own marks from copied ones. */
#include "plan/image-marks.h"

#include "plan/image-record.h"

static const char *
get (const VgImageRecord *record, const char *key)
{
  return vg_json_get_string (record->json, key);
}

/* Nova sets instance_uuid anew, and base_image_ref, which we set for root disks
 * alone. (Versions before 0.1.0 did not say of which domain an image is.) */
static gboolean
is_copied (const VgImageRecord *record)
{
  const char *uuid = get (record, VG_RECORD_UUID_PROPERTY);

  if (uuid != NULL && g_strcmp0 (uuid, get (record, "instance_uuid")) != 0)
    return TRUE;
  return get (record, "base_image_ref") != NULL
         && get (record, VG_RECORD_DISK_PROPERTY) != NULL;
}

const char *
vg_image_mark_get (const VgImageRecord *record, const char *key)
{
  return is_copied (record) ? NULL : get (record, key);
}
