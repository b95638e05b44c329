/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the XML of a libvirt snapshot of a domain says: here a savepoint, for
 * "snapshot" is what we make of it. https://libvirt.org/formatsnapshot.html */
#pragma once

#include "domain/domain.h"

#define VG_LIBVIRT_SNAPSHOT_ERROR (vg_libvirt_snapshot_error_quark ())
typedef enum {
  VG_LIBVIRT_SNAPSHOT_ERROR_XML,     /* not a snapshot's XML */
  VG_LIBVIRT_SNAPSHOT_ERROR_REFUSED, /* what it has can't be read, or not
                                 safely; says why */
} VgLibvirtSnapshotError;
GQuark vg_libvirt_snapshot_error_quark (void);

typedef enum {
  VG_SAVED_NOT,      /* nothing of that disk */
  VG_SAVED_INTERNAL, /* inside the disk's own file, by the savepoint's name */
  VG_SAVED_EXTERNAL, /* the disk's file, for the guest got another one */
  VG_SAVED_MANUAL,   /* by other means, that libvirt doesn't know */
} VgSavedKind;

typedef struct {
  char *target; /* "vda" */
  VgSavedKind kind;
  char *overlay;    /* external: the file that the guest got; NULL: no file */
  VgSource *source; /* where the disk was then; NULL: not said */
} VgSavedDisk;

typedef struct {
  char *name;
  gint64 created;      /* s since 1970; 0: not said */
  gboolean has_memory; /* it was taken with the memory of a running guest */
  GPtrArray *disks;    /* of VgSavedDisk */
} VgLibvirtSnapshot;

/* Reads a snapshot's XML. Touches neither network nor files. NULL with
 * VG_LIBVIRT_SNAPSHOT_ERROR_XML or VG_DOMAIN_ERROR_XML. */
VgLibvirtSnapshot *vg_libvirt_snapshot_parse (const char *xml, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_libvirt_snapshot_free (VgLibvirtSnapshot *savepoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgLibvirtSnapshot, vg_libvirt_snapshot_free)

/* What it has of that disk of the domain, which runs if active; borrowed. NULL
 * with VG_LIBVIRT_SNAPSHOT_ERROR_REFUSED if that can't be read as far as the
 * two XMLs tell. */
const VgSavedDisk *vg_libvirt_snapshot_get_disk (
    const VgLibvirtSnapshot *savepoint, const VgDomain *domain,
    const VgDomainDisk *disk, gboolean active, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
