/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance inspect DOMAIN, or --xml FILE: prints the plan, without side
 * effects. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command-options.h"
#include "cmd/command.h"
#include "cmd/online.h"
#include "cmd/plan-view.h"
#include "cmd/status.h"
#include "plan/plan.h"

/* Reads at most one byte more than a domain's XML may have, because the file
 * may be huge or an endless device. */
static char *
read_file (const char *path, gsize *length, GError **error)
{
  FILE *file = fopen (path, "re");
  g_autofree char *text = NULL;
  gboolean ok = file != NULL;

  if (ok) {
    text = g_malloc (VG_DOMAIN_XML_MAX + 1);
    *length = fread (text, 1, VG_DOMAIN_XML_MAX + 1, file);
    ok = ferror (file) == 0;
  }
  if (!ok)
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                 "file '%s' can't be read: %s", path, g_strerror (errno));
  if (file != NULL)
    fclose (file);
  return ok ? g_steal_pointer (&text) : NULL;
}

/* Prints the plan for a file, without libvirt and Glance. */
static int
inspect_file (const VgCommandLine *line, const VgRequest *request,
              const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDomain) domain = NULL;
  g_autoptr (VgPlan) plan = NULL;
  g_autofree char *xml = NULL;
  VgPlanFacts facts = { 0 };
  gsize length;

  if (g_str_equal (path, "-"))
    path = "/dev/stdin";
  xml = read_file (path, &length, &error);
  if (xml == NULL)
    return vg_exit_with_error (error);
  domain = vg_domain_parse (xml, (gssize) length, &error);
  if (domain != NULL)
    plan = vg_plan_new (
        request, line->config,
        vg_plan_sources_new (g_steal_pointer (&domain), FALSE, NULL), &facts,
        &error);
  if (plan == NULL) {
    g_prefix_error (&error, "%s: ", path);
    return vg_exit_with_error (error);
  }
  vg_plan_print (plan, line->json, stdout);
  return (int) vg_exit_flush (VG_EXIT_SUCCESS, NULL);
}

int
vg_cmd_inspect (VgCommandLine *line, int argc, char **argv)
{
  g_autoptr (VgCommandOptions) options =
      vg_command_options_new (VG_PLACE_COMMAND_INSPECT);
  g_autofree char *path = NULL;
  g_autoptr (VgRequest) request = NULL;
  g_autoptr (GError) error = NULL;
  GOptionEntry own[] = {
    { "xml", 0, 0, G_OPTION_ARG_FILENAME, &path,
      "read the domain XML from a file (- for standard input); don't ask "
      "libvirt or Glance",
      "FILE" },
    { NULL },
  };
  const GOptionEntry *tables[] = { vg_command_options_get_entries (options),
                                   own, NULL };
  int status = vg_command_line_parse (line, tables, &argc, &argv, 0, 1);

  if (status != VG_EXIT_SUCCESS)
    return status;
  if ((path == NULL) == (argc < 2))
    return (int) vg_exit_failing (VG_FAILURE_USAGE,
                                  "expected either a domain or --xml FILE; see "
                                  "'virt-glance inspect --help'");
  request = vg_command_options_to_request (
      options, line->config, argc > 1 ? argv[1] : path, NULL, &error);
  if (request == NULL)
    return vg_exit_with_error (error);
  if (path != NULL)
    return inspect_file (line, request, path);
  return vg_online_inspect (line, request);
}
