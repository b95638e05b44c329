/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rights of the programs in confined.h: the user that reads a guest's disks
 * while its hypervisor doesn't, and the files that it may open.
 *
 * A disk's header is the guest's, or that of whoever made its image. A file
 * that a header names is opened only if the hypervisor could open it as well:
 * as its user, never as root. */
#pragma once

#include "host/guest.h"
#include "util/config.h"
#include "util/probe.h"

/* A file that may be read. */
typedef struct {
  char *path;
  char *real; /* without links */
  dev_t device;
  ino_t inode;
  gboolean is_device;
  gboolean writable;   /* the program may write to it, too */
  gboolean privileged; /* root's, and vouched for: see vg_confine_admit() */
} VgConfineFile;

typedef struct {
  gboolean enabled; /* else programs run as we do */
  gboolean is_root;
  char *bwrap; /* the program that makes namespaces; NULL: not installed; or, if
                  we aren't root, no use here */
  VgProbeUser user; /* the programs' */
  gid_t *groups;    /* user's */
  char *name;       /* user's, for people */
  VgGuest *guest;   /* or NULL */
  GPtrArray *files; /* of VgConfineFile: those admitted */
} VgConfine;

/* For the guest's disks: as its hypervisor's user if we are root and libvirt
 * tells who that is, else as ourselves. label: the domain's own DAC label,
 * "+64055:+108" or "qemu:qemu"; NULL: the host's counts. guest is borrowed and
 * must outlive it; NULL: label alone counts. VG_HOST_ERROR, VG_DISK_ERROR_OPEN.
 */
VgConfine *vg_confine_new (const VgConfig *config, VgGuest *guest,
                           const char *label, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_confine_free (VgConfine *confine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgConfine, vg_confine_free)

/* Admits a file to the programs' view. header: the file whose header names it;
 * NULL: the domain's XML does. A file that the user may not read is refused,
 * unless somebody vouches for it: the domain's XML, or a storage pool of which
 * it is a volume; and only root can put another file there. libvirt gives the
 * disks of a shut-off domain back to root. VG_DISK_ERROR_UNSUPPORTED: no file
 * or block device, or refused; _OPEN; G_IO_ERROR_CANCELLED. */
gboolean vg_confine_admit (VgConfine *confine, const char *path,
                           const char *header, GCancellable *cancellable,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Admits a regular file of ours, open as fd, which the user can read, and if
 * writable also write. VG_DISK_ERROR_OPEN: it is another file by now. */
gboolean vg_confine_admit_own (VgConfine *confine, const char *path, int fd,
                               gboolean writable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The file that was admitted by that path, or NULL. Borrowed. */
const VgConfineFile *vg_confine_find (const VgConfine *confine,
                                      const char *path);
