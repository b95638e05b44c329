/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each reason with what helps. */
#include "restore/permit.h"

#include <string.h>

#include "host/libvirt-snapshots.h"
#include "plan/error.h"
#include "util/text.h"

#define MAX_SHOWN 80

gboolean
vg_restore_throw_target (GError **error, const VgDomain *domain,
                         const char *target, const char *why)
{
  g_autofree char *shown = vg_text_clean (target, MAX_SHOWN);

  g_set_error (error, VG_PLAN_ERROR, VG_PLAN_ERROR_DISK,
               "disk %s of domain %s can't be restored: %s", shown,
               domain->name, why);
  return FALSE;
}

gboolean
vg_restore_throw_disk (GError **error, const VgDomain *domain,
                       const VgDomainDisk *disk, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  return vg_restore_throw_target (error, domain, disk->target, why);
}

static gboolean throw_guest (GError **error, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

static gboolean
throw_guest (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (
      error,
      g_error_new_valist (VG_PLAN_ERROR, VG_PLAN_ERROR_DISK, format, args));
  va_end (args);
  return FALSE;
}

static gboolean
check_nova (const VgDomain *domain, GError **error)
{
  return !domain->is_nova
         || throw_guest (error,
                         "domain %s is an instance of Nova, which knows its "
                         "disks; restore it with 'openstack server rebuild "
                         "--image IMAGE %s'",
                         domain->name,
                         domain->uuid != NULL ? domain->uuid : "SERVER");
}

static gboolean
check_off (VgGuest *guest, GError **error)
{
  gboolean active;

  if (!vg_guest_get_active (guest, &active, error))
    return FALSE;
  if (!active)
    return TRUE;
  g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_BUSY,
               "the disks of domain %s can't be restored while it is running; "
               "shut it off first ('virsh shutdown %s')",
               vg_guest_get_name (guest), vg_guest_get_name (guest));
  return FALSE;
}

/* Its memory would go on with disks of another time. */
static gboolean
check_saved (VgGuest *guest, GError **error)
{
  gboolean saved;

  if (!vg_guest_has_managed_save (guest, &saved, error))
    return FALSE;
  return !saved
         || throw_guest (error,
                         "domain %s is saved, and its memory would go on with "
                         "the restored disks; discard its saved state first "
                         "('virsh managedsave-remove %s')",
                         vg_guest_get_name (guest), vg_guest_get_name (guest));
}

/* They are in the old disk's file, or that is in their chain. */
static gboolean
check_snapshots (VgGuest *guest, GError **error)
{
  g_auto (GStrv) names = vg_guest_list_savepoints (guest, error);
  g_autofree char *shown = NULL;

  if (names == NULL)
    return FALSE;
  if (names[0] == NULL)
    return TRUE;
  shown = vg_text_clean (names[0], MAX_SHOWN);
  return throw_guest (error,
                      "domain %s has libvirt snapshots, such as '%s', which "
                      "the restored disks would not have; delete them first "
                      "('virsh snapshot-delete %s %s'; with --metadata they "
                      "stay in the old disks)",
                      vg_guest_get_name (guest), shown,
                      vg_guest_get_name (guest), shown);
}

gboolean
vg_restore_permit_guest (VgGuest *guest, const VgDomain *domain, GError **error)
{
  return check_nova (domain, error) && check_off (guest, error)
         && check_saved (guest, error) && check_snapshots (guest, error);
}

static const char *
name_device (const VgDomainDisk *disk)
{
  switch (disk->device) {
  case VG_DEVICE_CDROM:
    return "it is a cdrom";
  case VG_DEVICE_FLOPPY:
    return "it is a floppy";
  case VG_DEVICE_LUN:
    return "it is a passed-through LUN";
  default:
    return NULL;
  }
}

gboolean
vg_restore_permit_disk (const VgDomain *domain, const VgDomainDisk *disk,
                        GError **error)
{
  const char *why = name_device (disk);

  if (why == NULL && disk->readonly)
    why = "it is read-only";
  if (why == NULL && disk->shareable)
    why = "it is shareable, so another domain may use it";
  if (why == NULL && disk->transient)
    why = "it is transient";
  if (why == NULL && disk->source->type == VG_SOURCE_NONE)
    why = "it has no medium";
  if (why == NULL && disk->source->has_slice)
    why = "it is a slice of its file";
  return why == NULL || vg_restore_throw_disk (error, domain, disk, "%s", why);
}
