/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The selection of disks. */
#include "plan/select.h"

static void
add_disk (GPtrArray *disks, const VgDomain *domain, VgDomainDisk *disk)
{
  if (!g_ptr_array_find (disks, disk, NULL))
    g_ptr_array_insert (disks, disk == domain->root ? 0 : -1, disk);
}

static gboolean
add_all (GPtrArray *disks, const VgDomain *domain, GError **error)
{
  if (vg_domain_get_root (domain, error) == NULL)
    return FALSE;
  for (guint i = 0; i < domain->disks->len; i++) {
    VgDomainDisk *disk = domain->disks->pdata[i];

    if ((disk->device == VG_DEVICE_DISK || disk->device == VG_DEVICE_LUN)
        && !disk->is_swap)
      add_disk (disks, domain, disk);
  }
  return TRUE;
}

static gboolean
add_named (GPtrArray *disks, const VgDomain *domain, char **names,
           GError **error)
{
  for (; *names != NULL; names++) {
    VgDomainDisk *disk = vg_domain_find_disk (domain, *names, error);

    if (disk == NULL)
      return FALSE;
    add_disk (disks, domain, disk);
  }
  return TRUE;
}

static gboolean
add_root (GPtrArray *disks, const VgDomain *domain, GError **error)
{
  VgDomainDisk *root = vg_domain_get_root (domain, error);

  if (root == NULL)
    return FALSE;
  add_disk (disks, domain, root);
  return TRUE;
}

GPtrArray *
vg_select_disks (const VgRequest *request, const VgDomain *domain,
                 GError **error)
{
  g_autoptr (GPtrArray) disks = g_ptr_array_new ();
  gboolean ok;

  if (request->all_disks)
    ok = add_all (disks, domain, error);
  else if (request->disks == NULL || *request->disks == NULL)
    ok = add_root (disks, domain, error);
  else
    ok = add_named (disks, domain, request->disks, error);
  return ok ? g_steal_pointer (&disks) : NULL;
}

char **
vg_select_left_out (const VgRequest *request, const VgDomain *domain)
{
  GPtrArray *targets = g_ptr_array_new ();

  for (guint i = 0; request->all_disks && i < domain->disks->len; i++) {
    const VgDomainDisk *disk = domain->disks->pdata[i];

    if (disk->is_swap)
      g_ptr_array_add (targets, g_strdup (disk->target));
  }
  g_ptr_array_add (targets, NULL);
  return (char **) g_ptr_array_free (targets, FALSE);
}

gboolean
vg_select_wants (const VgRequest *request, const VgDomain *domain,
                 const VgDomainDisk *disk)
{
  if (request->all_disks)
    return !disk->is_swap;
  if (request->disks == NULL || *request->disks == NULL)
    return disk == domain->root;
  for (char **name = request->disks; *name != NULL; name++)
    if (vg_domain_find_disk (domain, *name, NULL) == disk)
      return TRUE;
  return FALSE;
}
