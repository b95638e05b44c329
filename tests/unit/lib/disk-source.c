/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sources and the rights to read them, for the tests of disks. */
#include "lib/disk-source.h"

#include "lib/qemu.h"

VgSource *
disk_source_new_file (const char *path, const char *format)
{
  VgSource *source = vg_source_new (VG_SOURCE_FILE);

  source->type_name = g_strdup ("file");
  source->path = g_strdup (path);
  source->format = g_strdup (format);
  return source;
}

VgConfine *
disk_source_confine (VgGuest *guest)
{
  g_autoptr (VgConfig) config = qemu_config ();
  g_autoptr (GError) error = NULL;
  VgConfine *confine = vg_confine_new (config, guest, NULL, &error);

  g_assert_no_error (error);
  return confine;
}
