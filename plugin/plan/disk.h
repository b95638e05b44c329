/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One disk of a plan: the source of its bytes, and the image to create. */
#pragma once

#include <glib.h>

#include "domain/domain.h"
#include "plan/store-choice.h"
#include "plan/transport.h"
#include "util/image-format.h"
#include "util/json.h"

/* Determined again after a lost instant. */
typedef struct {
  const VgDomainDisk *disk; /* of the sources' domain */
  guint64 capacity;         /* bytes; 0: unknown */
  gboolean ciphertext;      /* read the encrypted file or device as is */
  VgTransport way;
  char *way_reason; /* a clause for people, or NULL */
} VgPlanSource;

/* Stays the same, even if the domain's definition changes. */
typedef struct {
  char *target; /* of the disk, "vda"; identifies the disk */
  gboolean is_root;
  char *name;
  VgImageFormat format;      /* of the stream; raw for ciphertext */
  const char *format_reason; /* static, for people */
  VgCompression compression; /* of qcow2 */
  guint compression_level;   /* 0: chosen as the data are read */
  const char *disk_format;   /* static: for Glance: format, or that of the file
                                with the ciphertext */
  VgStoreChoice *choice;     /* NULL if Glance was not asked */
  gboolean flatten_after;    /* with VG_TRANSPORT_CLONE: once active */
  VgJson *record; /* of the image to create, without its id; copy it before
                     sending */
} VgPlanImage;

/* Both halves, borrowed from a plan. */
typedef struct {
  const VgPlanSource *source;
  const VgPlanImage *image;
} VgPlanDisk;
