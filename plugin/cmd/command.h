/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the subcommands share: the table's entry, the options that stand before
 * or behind any command, and how each begins. */
#pragma once

#include <glib.h>

#include "util/config.h"

typedef struct _VgCommandLine VgCommandLine;

typedef struct {
  const char *name;
  const char *arguments; /* for the usage */
  const char *summary;   /* NULL: not for users, and not in the usage */
  int (*run) (VgCommandLine *line, int argc, char **argv); /* exit status */
} VgCommand;

int vg_cmd_inspect (VgCommandLine *line, int argc, char **argv);
int vg_cmd_cancel (VgCommandLine *line, int argc, char **argv);
int vg_cmd_jobs (VgCommandLine *line, int argc, char **argv);

struct _VgCommandLine {
  const VgCommand *command;
  char *uri;         /* -c, or NULL */
  char *config_path; /* --config, or NULL */
  gboolean json;
  gboolean quiet;
  gboolean debug;
  gboolean help;    /* only before the command */
  gboolean version; /* only before the command */
  VgConfig *config; /* once parsed */
};

void vg_command_line_clear (VgCommandLine *line);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VgCommandLine, vg_command_line_clear)

/* Takes the options in front of the command out of argv. An exit status; what
 * was wrong has been printed. */
int vg_command_line_parse_global (VgCommandLine *line, int *argc, char ***argv);

/* Takes the command's own options (tables, NULL-ended; or NULL) and the common
 * ones out of argv, checks that between min and max arguments are left behind
 * argv[0], and loads the configuration. An exit status; what was wrong has been
 * printed. */
int vg_command_line_parse (VgCommandLine *line,
                           const GOptionEntry *const *tables, int *argc,
                           char ***argv, int min, int max);

/* The libvirt URI: -c, else LIBVIRT_DEFAULT_URI, else [libvirt]
 * connection_uri; NULL: libvirt's own choice. Borrowed. */
const char *vg_command_line_get_uri (const VgCommandLine *line);
