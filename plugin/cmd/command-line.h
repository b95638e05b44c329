/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the command line says, for all who only read it. */
#pragma once

#include <glib.h>

#include "util/config.h"

typedef struct _VgCommand VgCommand; /* command.h */

typedef struct _VgCommandLine {
  const VgCommand *command;
  char *uri;         /* -c, or NULL */
  char *config_path; /* --config, or NULL */
  char *progress;    /* --progress: "text" or "json"; NULL: text */
  gboolean json;
  gboolean quiet;
  gboolean debug;
  gboolean help;    /* only before the command */
  gboolean version; /* only before the command */
  VgConfig *config; /* set by parsing */
} VgCommandLine;

/* Whether stderr gets lines of JSON (event.h). */
static inline gboolean
vg_command_line_has_events (const VgCommandLine *line)
{
  return g_strcmp0 (line->progress, "json") == 0;
}
