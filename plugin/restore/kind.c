/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file of a disk is looked at by a child first, because its file system may
 * not answer. */
#include "restore/kind.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "disk/look.h"
#include "restore/kind-device.h"
#include "restore/kind-file.h"
#include "restore/kind-rbd.h"
#include "restore/permit.h"
#include "util/text.h"

static char *
get_path (const VgGuestLook *look, const VgDomainDisk *disk, GError **error)
{
  const VgSource *source = disk->source;

  if (source->type == VG_SOURCE_FILE || source->type == VG_SOURCE_BLOCK)
    return g_strdup (source->path);
  if (source->type == VG_SOURCE_VOLUME)
    return vg_guest_get_volume_path (look->peers.guest, source->pool,
                                     source->volume, error);
  vg_restore_throw_disk (
      error, look->domain, disk,
      "it is neither a file nor a block device, nor in Ceph; "
      "'virt-glance restore IMAGE --to FILE' "
      "gets its image");
  return NULL;
}

static const VgDiskKind *
find_local (const VgGuestLook *look, const VgDomainDisk *disk, char **path,
            GError **error)
{
  g_autofree char *named = get_path (look, disk, error);
  g_autofree char *shown = named != NULL ? vg_text_clean (named, 0) : NULL;
  VgFileFacts facts;

  if (named == NULL
      || !vg_disk_look ((const char *const *) &named, 1, &facts,
                        look->cancellable, error))
    return NULL;
  if (facts.error != 0)
    vg_restore_throw_disk (error, look->domain, disk, "%s can't be found: %s",
                           shown, g_strerror (facts.error));
  else if (!S_ISREG (facts.mode) && !S_ISBLK (facts.mode))
    vg_restore_throw_disk (error, look->domain, disk,
                           "%s is neither a file nor a block device", shown);
  else if ((*path = realpath (named, NULL)) == NULL)
    vg_restore_throw_disk (error, look->domain, disk, "%s can't be found",
                           shown);
  else
    return S_ISBLK (facts.mode) ? &vg_disk_kind_device : &vg_disk_kind_file;
  return NULL;
}

const VgDiskKind *
vg_disk_kind_find (const VgGuestLook *look, const VgDomainDisk *disk,
                   char **path, GError **error)
{
  *path = vg_disk_kind_get_rbd (disk->source);
  return *path != NULL ? &vg_disk_kind_rbd
                       : find_local (look, disk, path, error);
}
