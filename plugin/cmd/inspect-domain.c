/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance inspect DOMAIN: the plan, with data from libvirt and Glance. */
#include <stdio.h>

#include "cmd/module.h"
#include "cmd/peers.h"
#include "cmd/plan-view.h"
#include "cmd/progress.h"
#include "cmd/status.h"
#include "cmd/work.h"
#include "job/rehearsal.h"
#include "util/interruption.h"

typedef struct {
  const VgCommandLine *line;
  const VgRequest *request;
} Inspection;

int
vg_show_plan (const VgCommandLine *line, const VgRequest *request, VgHost *host,
              VgGlance *glance, GCancellable *cancellable)
{
  g_autoptr (VgProgress) progress = vg_progress_new (TRUE);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgPlan) plan =
      vg_rehearse (request, line->config, host, glance,
                   vg_progress_get_report (progress), cancellable, &error);

  g_clear_pointer (&progress, vg_progress_free);
  vg_interruption_name (&error, "the plan for domain %s", request->domain);
  if (plan == NULL)
    return vg_exit_with_error (error);
  vg_plan_print (plan, line->json, stdout);
  return VG_EXIT_SUCCESS;
}

static int
print_plan (GCancellable *cancellable, gpointer data)
{
  const Inspection *inspection = data;
  const VgCommandLine *line = inspection->line;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgHost) host = NULL;
  g_autoptr (VgGlance) glance = NULL;

  if (!vg_peers_open (line, &host, &glance, &error))
    return vg_exit_with_error (error);
  return vg_show_plan (line, inspection->request, host, glance, cancellable);
}

int
vg_cmd_inspect_domain (const VgCommandLine *line, const VgRequest *request)
{
  Inspection inspection = { .line = line, .request = request };

  return vg_command_run_query (print_plan, &inspection);
}
