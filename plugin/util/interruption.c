/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells what was interrupted, and not at which step. */
#include "util/interruption.h"

#include <gio/gio.h>

void
vg_interruption_name (GError **error, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  if (error == NULL
      || !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_clear_error (error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s was interrupted",
               what);
}
