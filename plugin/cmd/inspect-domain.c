/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance inspect DOMAIN: what libvirt and Glance say is in the plan. */
#include <stdio.h>

#include "cmd/module.h"
#include "cmd/planview.h"
#include "cmd/status.h"
#include "cmd/work.h"
#include "job/gather.h"

typedef struct {
  const VgCommandLine *line;
  const VgRequest *request;
} Inspection;

static int
work (GCancellable *cancellable, gpointer data)
{
  const Inspection *inspection = data;
  const VgCommandLine *line = inspection->line;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgHost) host = NULL;
  g_autoptr (VgGuest) guest = NULL;
  g_autoptr (VgPlan) plan = NULL;
  g_autoptr (VgGlance) glance = vg_glance_new (line->config, &error);

  if (glance != NULL)
    host = vg_host_open (vg_command_line_get_uri (line), &error);
  if (host != NULL)
    guest = vg_guest_find (host, inspection->request->domain, &error);
  if (guest != NULL)
    plan = vg_gather_plan (inspection->request, line->config, guest, glance,
                           cancellable, &error);
  if (plan == NULL)
    return vg_exit_with_error (error);
  vg_plan_print (plan, line->json, stdout);
  return VG_EXIT_SUCCESS;
}

int
vg_cmd_inspect_domain (const VgCommandLine *line, const VgRequest *request)
{
  Inspection inspection = { .line = line, .request = request };

  return vg_command_run_work (work, &inspection);
}
