/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The XML of libvirt's running backup job. */
#include "fuzz/fuzz.h"
#include "host/backup.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *xml = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  gboolean found = FALSE;
  gboolean ok = vg_backup_find_socket (xml, "/run/s", &found, &error);

  g_assert_true (ok == (error == NULL));
  g_assert_true (ok || !found);
  return 0;
}
