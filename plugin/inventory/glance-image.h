/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Image records, as data:
 * https://docs.openstack.org/api-ref/image/v2/#show-image */
#pragma once

#include <glib.h>

#include "util/json.h"

/* Strings are NULL and numbers 0 where Glance has null. */
typedef struct {
  char *id;
  char *name;
  char *status; /* "queued", "saving", "active" … */
  char *owner;
  char *disk_format;
  char *container_format;
  char *os_hash_algo;
  char *os_hash_value;
  char *checksum;
  guint64 size;     /* bytes */
  guint64 min_disk; /* GiB */
  guint64 min_ram;  /* MiB */
  char **stores;    /* stores with the image's data, NULL-terminated; NULL:
                       unknown */
  VgJson *json;     /* the whole record */
} VgImageRecord;

void vg_image_record_free (VgImageRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgImageRecord, vg_image_record_free)

/* Parses an image record. action ("create an image"): for error messages. NULL
 * with VG_GLANCE_ERROR_PROTOCOL if json is no record. Free with
 * vg_image_record_free(). */
VgImageRecord *vg_image_record_parse (VgJson *json, const char *action,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
