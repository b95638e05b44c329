/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The XML of a libvirt snapshot of a domain. Called savepoint here, because
 * "snapshot" means the image that virt-glance makes.
 * https://libvirt.org/formatsnapshot.html */
#pragma once

#include "domain/domain.h"

#define VG_LIBVIRT_SNAPSHOT_ERROR (vg_libvirt_snapshot_error_quark ())
typedef enum {
  VG_LIBVIRT_SNAPSHOT_ERROR_XML,     /* not a snapshot's XML */
  VG_LIBVIRT_SNAPSHOT_ERROR_REFUSED, /* its disk can't be read, or not safely;
                                        the message says why */
} VgLibvirtSnapshotError;
GQuark vg_libvirt_snapshot_error_quark (void);

typedef enum {
  VG_SAVED_NOT,      /* disk not in the snapshot */
  VG_SAVED_INTERNAL, /* in the disk's own file, under the savepoint's name */
  VG_SAVED_EXTERNAL, /* the disk's file as it was; the guest got an overlay */
  VG_SAVED_MANUAL,   /* by other means, unknown to libvirt */
} VgSavedKind;

typedef struct {
  char *target; /* "vda" */
  VgSavedKind kind;
  char *overlay;    /* external: the guest's overlay; NULL: not a file */
  VgSource *source; /* the disk's location then; NULL: not given */
} VgSavedDisk;

typedef struct {
  char *name;
  gint64 created;      /* s since 1970; 0: not given */
  gboolean has_memory; /* taken with the memory of a running guest */
  GPtrArray *disks;    /* of VgSavedDisk */
} VgLibvirtSnapshot;

/* Parses a snapshot's XML. Accesses neither network nor files. NULL with
 * VG_LIBVIRT_SNAPSHOT_ERROR_XML or VG_DOMAIN_ERROR_XML. */
VgLibvirtSnapshot *vg_libvirt_snapshot_parse (const char *xml, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_libvirt_snapshot_free (VgLibvirtSnapshot *savepoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgLibvirtSnapshot, vg_libvirt_snapshot_free)

/* The savepoint's state of that disk; borrowed. active: the domain is running.
 * NULL with VG_LIBVIRT_SNAPSHOT_ERROR_REFUSED if the two XMLs show that it
 * can't be read. */
const VgSavedDisk *vg_libvirt_snapshot_get_disk (
    const VgLibvirtSnapshot *savepoint, const VgDomain *domain,
    const VgDomainDisk *disk, gboolean active, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
