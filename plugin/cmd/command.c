/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Option parsing for all subcommands. */
#include "cmd/command.h"

#include "cmd/log.h"
#include "cmd/status.h"
#include "util/text.h"

#define SHOWN 40 /* characters of an argument in a message */

void
vg_command_line_clear (VgCommandLine *line)
{
  g_free (line->uri);
  g_free (line->config_path);
  g_free (line->progress);
  vg_config_free (line->config);
}

/* Options that may precede or follow any command. */
static void
add_common_options (VgCommandLine *line, GOptionContext *context)
{
  const GOptionEntry entries[] = {
    { "connect", 'c', 0, G_OPTION_ARG_FILENAME, &line->uri,
      "libvirt connection URI, as for virsh", "URI" },
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &line->config_path,
      "configuration file", "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &line->json, "print the result as JSON",
      NULL },
    { "progress", 0, 0, G_OPTION_ARG_STRING, &line->progress,
      "what stderr tells: text, or json: lines of JSON", "text|json" },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &line->quiet,
      "print only warnings, errors, and what was asked for", NULL },
    { "debug", 0, 0, G_OPTION_ARG_NONE, &line->debug,
      "print debug messages on stderr", NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

/* json as far as it was parsed; GLib takes back what precedes an error. */
static int
throw_usage (VgCommandLine *line, char **argv, const char *message)
{
  g_autofree char *text = vg_text_clean (message, VG_TEXT_MESSAGE);
  const char *command = line->command != NULL ? line->command->name : "";

  line->json |= g_strv_contains ((const char *const *) argv, "--json");
  return (int) vg_exit_failing (VG_FAILURE_USAGE,
                                "%s; see 'virt-glance %s%s--help'", text,
                                command, *command ? " " : "");
}

int
vg_command_line_parse_global (VgCommandLine *line, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &line->help, NULL, NULL },
    { "version", 'V', 0, G_OPTION_ARG_NONE, &line->version, NULL, NULL },
    /* virsh's. */
    { "v", 'v', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &line->version, NULL,
      NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  vg_log_init (line);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_strict_posix (context, TRUE);
  add_common_options (line, context);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    return throw_usage (line, *argv, error->message);
  return VG_EXIT_SUCCESS;
}

static char *
describe_command (const VgCommand *command)
{
  return g_strdup_printf ("%s - %s", command->arguments, command->summary);
}

/* G_MESSAGES_DEBUG, GLib's switch for debug messages, set by --debug. Called
 * before any thread starts. */
static void
allow_debug (void)
{
  g_setenv ("G_MESSAGES_DEBUG", G_LOG_DOMAIN, TRUE);
}

/* GLib keeps a "--" before an argument that begins with a dash. */
static void
drop_separator (int *argc, char **argv)
{
  if (*argc < 2 || !g_str_equal (argv[1], "--"))
    return;
  for (int i = 1; i < *argc; i++)
    argv[i] = argv[i + 1];
  (*argc)--;
}

/* Options after the command take precedence over those before it. */
static gboolean
parse_again (VgCommandLine *line, GOptionContext *context, int *argc,
             char ***argv, GError **error)
{
  g_autofree char *uri = g_steal_pointer (&line->uri);
  g_autofree char *config_path = g_steal_pointer (&line->config_path);
  g_autofree char *progress = g_steal_pointer (&line->progress);
  gboolean ok = g_option_context_parse (context, argc, argv, error);

  if (line->uri == NULL)
    line->uri = g_steal_pointer (&uri);
  if (line->config_path == NULL)
    line->config_path = g_steal_pointer (&config_path);
  if (line->progress == NULL)
    line->progress = g_steal_pointer (&progress);
  return ok;
}

/* GLib converts the texts of most options from the locale's encoding, but
 * neither arguments nor file names. */
static const char *
find_no_utf8 (const VgCommandLine *line, char **argv)
{
  if (line->uri != NULL && !g_utf8_validate (line->uri, -1, NULL))
    return line->uri;
  if (line->config_path != NULL
      && !g_utf8_validate (line->config_path, -1, NULL))
    return line->config_path;
  for (char **argument = argv; *argument != NULL; argument++)
    if (!g_utf8_validate (*argument, -1, NULL))
      return *argument;
  return NULL;
}

static gboolean
check_utf8 (const VgCommandLine *line, char **argv, char **complaint)
{
  const char *text = find_no_utf8 (line, argv);
  g_autofree char *shown = text != NULL ? vg_text_clean (text, SHOWN) : NULL;
  const char *uri = g_getenv ("LIBVIRT_DEFAULT_URI");

  if (shown != NULL)
    *complaint = g_strdup_printf ("'%s' is not UTF-8", shown);
  else if (uri != NULL && !g_utf8_validate (uri, -1, NULL))
    *complaint = g_strdup ("the environment variable LIBVIRT_DEFAULT_URI is "
                           "not UTF-8");
  return *complaint == NULL;
}

static gboolean
check_progress (const VgCommandLine *line, char **complaint)
{
  const char *words[] = { "text", "json", NULL };
  g_autofree char *shown = NULL;

  if (line->progress == NULL || g_strv_contains (words, line->progress))
    return TRUE;
  shown = vg_text_clean (line->progress, SHOWN);
  *complaint = g_strdup_printf ("--progress is text or json, not '%s'", shown);
  return FALSE;
}

int
vg_command_line_parse (VgCommandLine *line, const GOptionEntry *const *tables,
                       int *argc, char ***argv, int min, int max)
{
  g_autofree char *summary = describe_command (line->command);
  g_autofree char *program =
      g_strconcat ("virt-glance ", line->command->name, NULL);
  g_autoptr (GOptionContext) context = g_option_context_new (summary);
  g_autoptr (GError) error = NULL;
  g_autofree char *complaint = NULL;
  int n;

  g_set_prgname (program);
  add_common_options (line, context);
  for (; tables != NULL && *tables != NULL; tables++)
    g_option_context_add_main_entries (context, *tables, NULL);
  if (!parse_again (line, context, argc, argv, &error))
    return throw_usage (line, *argv, error->message);
  g_set_prgname ("virt-glance");
  drop_separator (argc, *argv);
  if (!check_progress (line, &complaint))
    return throw_usage (line, *argv, complaint);
  n = *argc - 1;
  if (n < min || n > max)
    return throw_usage (
        line, *argv, n < min ? "an argument is missing" : "too many arguments");
  if (!check_utf8 (line, *argv, &complaint))
    return throw_usage (line, *argv, complaint);
  if (line->debug)
    allow_debug ();
  line->config = vg_config_load (line->config_path, &error);
  return line->config != NULL ? VG_EXIT_SUCCESS
                              : (int) vg_exit_with_error (error);
}

/* As in virsh, an empty URI counts as unset. */
const char *
vg_command_line_get_uri (const VgCommandLine *line)
{
  const char *uri = line->uri;

  if (uri == NULL || *uri == '\0')
    uri = g_getenv ("LIBVIRT_DEFAULT_URI");
  if (uri == NULL || *uri == '\0')
    uri = line->config->connection_uri;
  return uri;
}
