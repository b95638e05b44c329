/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image's record, as data:
 * https://docs.openstack.org/api-ref/image/v2/#show-image */
#pragma once

#include <glib.h>

#include "util/json.h"

/* An image's record. Strings are NULL and numbers 0 where Glance has null. */
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
  char **stores;    /* that hold it, NULL-ended; NULL: not told */
  VgJson *json;     /* the whole record */
} VgImageRecord;

void vg_image_record_free (VgImageRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgImageRecord, vg_image_record_free)

/* The record in an answer that must be one. */
VgImageRecord *vg_image_record_parse (VgJson *json, const char *action,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
