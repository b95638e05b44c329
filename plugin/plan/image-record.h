/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of an image to create in Glance: name, format, properties. */
#pragma once

#include <glib.h>

#include "domain/domain.h"
#include "inventory/glance-image.h"
#include "request/request.h"
#include "util/json.h"

/* This property links the images of several disks. */
#define VG_RECORD_GROUP_PROPERTY "virt_glance_snapshot"

/* This property tells images of disks other than the root disk apart: each
 * disk's backups are rotated separately. */
#define VG_RECORD_DISK_PROPERTY "virt_glance_disk"

/* The backup type, in images of disks other than the root disk. Nova's marks of
 * a backup (image_type, backup_type) are on the root disk's image alone: Nova
 * counts and deletes each image that has them, whichever disk it is of. */
#define VG_RECORD_BACKUP_PROPERTY "virt_glance_backup_type"

/* What an image is of, for who looks for it when the guest or its host is gone:
 * name and UUID of the domain, the name of its host, the disk's target (the
 * root disk's, too) and capacity in bytes, and the version that made it. Nova
 * copies properties of an image to the snapshots of the instances that it boots
 * from it, but instance_uuid: where that differs from this UUID, all of our
 * properties are of another image. */
#define VG_RECORD_DOMAIN_PROPERTY "virt_glance_domain"
#define VG_RECORD_UUID_PROPERTY "virt_glance_domain_uuid"
#define VG_RECORD_HOST_PROPERTY "virt_glance_host"
#define VG_RECORD_TARGET_PROPERTY "virt_glance_target"
#define VG_RECORD_CAPACITY_PROPERTY "virt_glance_capacity"
#define VG_RECORD_VERSION_PROPERTY "virt_glance_version"

/* The domain's definition, see job/definition.h; in the image of the root disk,
 * or of the first one. */
#define VG_RECORD_DEFINITION_PROPERTY "virt_glance_definition"

typedef struct {
  const VgDomain *domain;
  const char *name;
  const char *disk_format;
  guint64 capacity;          /* bytes; 0: unknown */
  const VgImageRecord *base; /* or NULL; of the root disk only */
  gboolean is_root;
  const char *disk; /* "vda" */
  const char *
      group; /* UUID shared by the images of a snapshot; NULL: only one image */
  const VgRequest *request; /* whether it is a backup; properties, and members
                               listed in the table of options */
  const char *definition;   /* NULL: none is kept; nor is it with an image that
                               others than its owner see */
  const char *owner;        /* a project; NULL: the requester's */
} VgRecordFacts;

/* The body of POST /v2/images without an id, with Nova's properties. min_disk
 * is the larger of the base image's and the disk size in whole GiB. Properties
 * of the base image are inherited, except those about its bytes; the root
 * disk's image also gets those derived from the XML (hardware.h), then Nova's
 * defaults, if the XML has them. The request
 * takes precedence. NULL with VG_REQUEST_ERROR for a name that Glance can't
 * accept. */
VgJson *vg_record_new (const VgRecordFacts *facts, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The default name of an image: the domain's, with the name of the snapshot
 * that it is created from, or the time. Free with g_free(). */
char *vg_record_make_name (const char *domain, const char *from);
