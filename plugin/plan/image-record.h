/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image's record as it is asked of Glance: name, format, properties. */
#pragma once

#include <glib.h>

#include "domain/domain.h"
#include "inventory/glance-image.h"
#include "request/request.h"
#include "util/json.h"

/* The property by which the images of several disks know each other. */
#define VG_RECORD_GROUP_PROPERTY "virt_glance_snapshot"

/* The property by which images of other disks than the root disk are told
 * apart: the backups of each disk have a rotation of their own. */
#define VG_RECORD_DISK_PROPERTY "virt_glance_disk"

typedef struct {
  const VgDomain *domain;
  const char *name;
  const char *disk_format;
  guint64 capacity;          /* bytes; 0: unknown */
  const VgImageRecord *base; /* or NULL; of the root disk alone */
  gboolean is_root;
  const char *disk;         /* "vda" */
  const char *group;        /* a UUID that the images of a snapshot have in
                               common; NULL: it has only this one */
  const VgRequest *request; /* whether it is a backup; properties, and members
                               that the table of options names */
  const char *owner;        /* a project; NULL: who asks */
} VgRecordFacts;

/* The body of POST /v2/images without an id, in Nova's terms: min_disk is the
 * larger of the base image's and the disk in whole GiB; the base image's own
 * properties are inherited, but for those that are about its bytes; the root
 * disk's image gets those besides that the XML tells (hardware.h). What
 * the request says goes before. NULL with VG_REQUEST_ERROR for a name that
 * Glance could not take. */
VgJson *vg_record_new (const VgRecordFacts *facts, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The name of an image that none was given to: the domain's, and that of the
 * snapshot that it is from, or the time. Free with g_free(). */
char *vg_record_make_name (const char *domain, const char *from);
