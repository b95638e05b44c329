/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* location-ops ID URL: hands the queued image ID its bytes by their place, and
 * prints "STATUS SIZE STORES", or the error. */
#include <stdio.h>

#include "glance/glance.h"

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgConfig) config = vg_config_new ();
  g_autoptr (VgGlance) glance = vg_glance_new (config, &error);
  g_autoptr (VgImageRecord) record = NULL;
  g_autofree char *stores = NULL;

  g_assert_cmpint (argc, ==, 3);
  g_assert_no_error (error);
  record = vg_glance_add_location (glance, argv[1], argv[2], NULL, &error);
  if (record == NULL) {
    printf ("%s%s\n",
            g_error_matches (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_LOCATION)
                ? "upload it: "
                : "",
            error->message);
    return 1;
  }
  stores = g_strjoinv (",", record->stores);
  printf ("%s %" G_GUINT64_FORMAT " %s\n", record->status, record->size,
          stores);
  return 0;
}
