/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance: the table of commands. */
#include "config.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/online.h"
#include "cmd/status.h"
#include "util/secret.h"
#include "util/similar.h"
#include "util/text.h"

static int show_help (VgCommandLine *line, int argc, char **argv);

static const VgCommand commands[] = {
  { "snapshot", "DOMAIN [NAME]", "create a snapshot of a domain in Glance",
    vg_online_run },
  { "backup", "DOMAIN [NAME] | --all",
    "create a backup of a domain in Glance, and delete the oldest ones",
    vg_online_run },
  { "prune", "--instance UUID", "delete old backups of a domain that is gone",
    vg_online_run },
  { "inspect", "DOMAIN | --xml FILE", "show what a snapshot would do",
    vg_cmd_inspect },
  { "stores", "", "list Glance's stores", vg_online_run },
  { "images", "[DOMAIN]", "list a domain's snapshots and backups in Glance",
    vg_online_run },
  { "restore", "IMAGE --to FILE | DOMAIN | --instance UUID --define",
    "restore an image to a file, a domain's disks, or a domain that is gone",
    vg_online_run },
  { "choose", "--image ID | --listen ADDRESS",
    "show which store somebody else's image belongs in", vg_online_run },
  { "check", "", "check configuration, host and policies", vg_online_run },
  { "jobs", "", "list running and past jobs of this host", vg_cmd_jobs },
  { "cancel", "JOB | --domain DOMAIN", "stop a job and roll it back",
    vg_cmd_cancel },
  { "recover", "[JOB]", "clean up after a crash", vg_online_run },
  { "agent", "", "process requests in domain metadata", vg_online_run },
  { "help", "[COMMAND]", "show this list, or a command's options", show_help },
  { VG_CMD_THAW_NAME, NULL, NULL, vg_online_run },
};

static void
print_usage (FILE *out)
{
  int width = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (commands[i].summary != NULL)
      width = MAX (width, (int) strlen (commands[i].arguments));
  fprintf (out, "Usage: virt-glance [-c URI] [--config FILE] COMMAND "
                "[OPTION...]\n\nCommands:\n");
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (commands[i].summary != NULL)
      fprintf (out, "  %-9s %-*s %s\n", commands[i].name, width,
               commands[i].arguments, commands[i].summary);
  fprintf (out, "\n'virt-glance help COMMAND' shows the options of a command; "
                "see virt-glance(1).\n");
}

static const VgCommand *
find_command (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i].name, name) == 0)
      return &commands[i];
  return NULL;
}

static int
throw_unknown (const char *wrong)
{
  const char *names[G_N_ELEMENTS (commands)];
  g_autofree char *shown = vg_text_clean (wrong, 40);
  const char *meant;
  gsize n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (commands[i].summary != NULL)
      names[n++] = commands[i].name;
  meant = vg_similar_find (wrong, names, n);
  if (meant != NULL)
    return (int) vg_exit_failing (
        VG_FAILURE_USAGE, "there is no command '%s'; did you mean '%s'?", shown,
        meant);
  return (int) vg_exit_failing (
      VG_FAILURE_USAGE,
      "there is no command '%s'; 'virt-glance --help' lists them", shown);
}

/* argv[0]: the command's name. */
static int
run_command (VgCommandLine *line, int argc, char **argv)
{
  line->command = find_command (argv[0]);
  return line->command != NULL ? line->command->run (line, argc, argv)
                               : throw_unknown (argv[0]);
}

/* "help COMMAND" is "COMMAND --help". */
static int
show_help (VgCommandLine *line, int argc, char **argv)
{
  char *of_command[] = { argc > 1 ? argv[1] : NULL, (char *) "--help", NULL };

  if (argc == 2 && of_command[0][0] != '-'
      && strcmp (of_command[0], argv[0]) != 0)
    return run_command (line, 2, of_command);
  if (argc > 2)
    return (int) vg_exit_failing (
        VG_FAILURE_USAGE,
        "help is for one command; 'virt-glance --help' lists them");
  print_usage (stdout);
  return (int) vg_exit_flush (VG_EXIT_SUCCESS, NULL);
}

int
main (int argc, char **argv)
{
  g_auto (VgCommandLine) line = { 0 };
  int status;

  vg_secret_forbid_dumps ();
  setlocale (LC_ALL, "");
  status = vg_command_line_parse_global (&line, &argc, &argv);
  if (status != VG_EXIT_SUCCESS)
    return status;
  if (line.help || line.version || argc < 2) {
    if (line.version)
      printf ("virt-glance %s\n", PACKAGE_VERSION);
    else
      print_usage (line.help ? stdout : stderr);
    return (int) (line.help || line.version
                      ? vg_exit_flush (VG_EXIT_SUCCESS, NULL)
                      : VG_EXIT_USAGE);
  }
  return run_command (&line, argc - 1, argv + 1);
}
