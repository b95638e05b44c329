/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One disk of a plan, and the image that it becomes. */
#pragma once

#include <glib.h>

#include "domain/domain.h"
#include "plan/store-choice.h"
#include "plan/transport.h"
#include "util/image-format.h"
#include "util/json.h"

typedef struct {
  const VgDomainDisk *disk; /* of the plan's domain */
  gboolean is_root;
  guint64 capacity; /* bytes; 0: unknown */
  char *image_name;
  VgImageFormat format;
  const char *format_reason; /* static, for people */
  VgCompression compression; /* of qcow2 */
  gboolean ciphertext; /* the image is the encrypted file or device as it is;
                          format is that of the stream, raw */
  const char *disk_format; /* static: what Glance is told: format, or that of
                              the file with the ciphertext */
  VgStoreChoice *choice;   /* NULL where Glance was not asked */
  VgTransport way;
  char *way_reason;       /* a clause for people, or NULL */
  gboolean flatten_after; /* of VG_TRANSPORT_CLONE: once the image is active */
  VgJson *record;         /* of the image to be created, without its id */
} VgPlanDisk;
