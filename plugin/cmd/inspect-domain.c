/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance inspect DOMAIN: the plan, with data from libvirt and Glance. */
#include <stdio.h>

#include "cmd/module.h"
#include "cmd/plan-view.h"
#include "cmd/status.h"
#include "cmd/work.h"
#include "job/gather.h"
#include "util/interruption.h"

typedef struct {
  const VgCommandLine *line;
  const VgRequest *request;
} Inspection;

int
vg_show_plan (const VgCommandLine *line, const VgRequest *request, VgHost *host,
              VgGlance *glance, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgGuest) guest = vg_guest_find (host, request->domain, &error);
  g_autoptr (VgCeph) ceph = vg_ceph_new (line->config, host);
  g_autoptr (VgPlan) plan = NULL;
  VgJob job = { .request = request,
                .config = line->config,
                .cancellable = cancellable,
                .peers = { guest, glance, ceph } };

  if (guest != NULL)
    plan = vg_gather_plan (&job, &error);
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
  g_autoptr (VgGlance) glance = vg_glance_new (line->config, &error);

  if (glance != NULL)
    host = vg_host_open (vg_command_line_get_uri (line), &error);
  if (host == NULL)
    return vg_exit_with_error (error);
  return vg_show_plan (line, inspection->request, host, glance, cancellable);
}

int
vg_cmd_inspect_domain (const VgCommandLine *line, const VgRequest *request)
{
  Inspection inspection = { .line = line, .request = request };

  return vg_command_run_query (print_plan, &inspection);
}
