/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sources of a plan, and queries over all of them. */
#include "plan/sources.h"

static void
free_source (gpointer data)
{
  VgPlanSource *source = data;

  g_free (source->way_reason);
  g_free (source);
}

VgPlanSources *
vg_plan_sources_new (VgDomain *domain, gboolean active,
                     VgLibvirtSnapshot *savepoint)
{
  VgPlanSources *sources = g_new0 (VgPlanSources, 1);

  sources->domain = domain;
  sources->active = active;
  sources->savepoint = savepoint;
  sources->list = g_ptr_array_new_with_free_func (free_source);
  return sources;
}

void
vg_plan_sources_free (VgPlanSources *sources)
{
  if (sources == NULL)
    return;
  g_ptr_array_unref (sources->list);
  vg_domain_free (sources->domain);
  vg_libvirt_snapshot_free (sources->savepoint);
  g_strfreev (sources->mountpoints);
  g_free (sources);
}

static gboolean
is_read (const VgPlanSources *sources, const VgDomainDisk *disk,
         gboolean together)
{
  for (guint i = 0; i < sources->list->len; i++) {
    const VgPlanSource *source = sources->list->pdata[i];

    if (source->disk == disk)
      return together || source->way == VG_TRANSPORT_READ;
  }
  return FALSE;
}

char **
vg_plan_sources_get_targets (const VgPlanSources *sources, gboolean together,
                             gboolean readable)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < sources->domain->disks->len; i++) {
    const VgDomainDisk *disk = sources->domain->disks->pdata[i];

    if (is_read (sources, disk, together) == readable)
      g_ptr_array_add (names, g_strdup (disk->target));
  }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

gboolean
vg_plan_sources_will_freeze (const VgPlanSources *sources)
{
  return sources->quiesce == VG_QUIESCE_REQUIRE
         || (sources->quiesce == VG_QUIESCE_AUTO
             && sources->domain->agent_connected);
}

char *
vg_plan_sources_describe_saved (const VgPlanSources *sources)
{
  return g_strdup_printf (
      "domain %s is not shut down but saved, with its memory in a file: its "
      "disks are those of a running guest that is not quiesced",
      sources->domain->name);
}

gboolean
vg_plan_sources_have_ciphertext (const VgPlanSources *sources)
{
  for (guint i = 0; i < sources->list->len; i++)
    if (((VgPlanSource *) sources->list->pdata[i])->ciphertext)
      return TRUE;
  return FALSE;
}

gboolean
vg_plan_sources_have_transport (const VgPlanSources *sources, VgTransport way)
{
  for (guint i = 0; i < sources->list->len; i++)
    if (((VgPlanSource *) sources->list->pdata[i])->way == way)
      return TRUE;
  return FALSE;
}
