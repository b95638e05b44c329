/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of subcommands, the options that may precede or follow any command,
 * and parsing. */
#pragma once

#include "cmd/command-line.h"

struct _VgCommand {
  const char *name;
  const char *arguments; /* for the usage message */
  const char *summary;   /* NULL: internal, not in the usage message */
  int (*run) (VgCommandLine *line, int argc, char **argv); /* exit status */
};

int vg_cmd_inspect (VgCommandLine *line, int argc, char **argv);
int vg_cmd_cancel (VgCommandLine *line, int argc, char **argv);
int vg_cmd_jobs (VgCommandLine *line, int argc, char **argv);

void vg_command_line_clear (VgCommandLine *line);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VgCommandLine, vg_command_line_clear)

/* Removes the options before the command from argv. Returns an exit status;
 * prints errors. */
int vg_command_line_parse_global (VgCommandLine *line, int *argc, char ***argv);

/* Removes the command's own options (NULL-terminated tables; or NULL) and the
 * common ones from argv, checks that min to max arguments follow argv[0], and
 * loads the configuration. Returns an exit status; prints errors. */
int vg_command_line_parse (VgCommandLine *line,
                           const GOptionEntry *const *tables, int *argc,
                           char ***argv, int min, int max);

/* The libvirt URI: -c, else LIBVIRT_DEFAULT_URI, else [libvirt] connection_uri;
 * NULL: libvirt's default. Borrowed. */
const char *vg_command_line_get_uri (const VgCommandLine *line);
