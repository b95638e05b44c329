/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which disks a plan is about. */
#include "job/plan-parts.h"

static gboolean
add_disk (VgPlan *plan, VgDomainDisk *disk)
{
  VgPlanDisk *plan_disk;

  for (guint i = 0; i < plan->disks->len; i++)
    if (((VgPlanDisk *) plan->disks->pdata[i])->disk == disk)
      return FALSE;
  plan_disk = g_new0 (VgPlanDisk, 1);
  plan_disk->disk = disk;
  plan_disk->is_root = disk == plan->domain->root;
  g_ptr_array_insert (plan->disks, plan_disk->is_root ? 0 : -1, plan_disk);
  return TRUE;
}

static gboolean
select_all (VgPlan *plan, GError **error)
{
  if (vg_domain_get_root (plan->domain, error) == NULL)
    return FALSE;
  for (guint i = 0; i < plan->domain->disks->len; i++) {
    VgDomainDisk *disk = plan->domain->disks->pdata[i];

    if (disk->device == VG_DEVICE_DISK || disk->device == VG_DEVICE_LUN)
      add_disk (plan, disk);
  }
  return TRUE;
}

gboolean
vg_plan_wants (const VgRequest *request, const VgDomain *domain,
               const VgDomainDisk *disk)
{
  if (request->all_disks)
    return TRUE;
  if (request->disks == NULL || *request->disks == NULL)
    return disk == domain->root;
  for (char **name = request->disks; *name != NULL; name++)
    if (vg_domain_find_disk (domain, *name, NULL) == disk)
      return TRUE;
  return FALSE;
}

gboolean
vg_plan_select_disks (VgPlan *plan, const VgRequest *request, GError **error)
{
  VgDomainDisk *disk;

  if (request->all_disks)
    return select_all (plan, error);
  if (request->disks == NULL || *request->disks == NULL) {
    disk = vg_domain_get_root (plan->domain, error);
    return disk != NULL && add_disk (plan, disk);
  }
  for (char **name = request->disks; *name != NULL; name++) {
    disk = vg_domain_find_disk (plan->domain, *name, error);
    if (disk == NULL)
      return FALSE;
    add_disk (plan, disk);
  }
  return TRUE;
}
