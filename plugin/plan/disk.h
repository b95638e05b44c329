/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One disk of a plan: where its bytes are, and the image that they become. */
#pragma once

#include <glib.h>

#include "domain/domain.h"
#include "plan/store-choice.h"
#include "plan/transport.h"
#include "util/image-format.h"
#include "util/json.h"

/* The half that is looked for again when an instant was lost. */
typedef struct {
  const VgDomainDisk *disk; /* of the sources' domain */
  guint64 capacity;         /* bytes; 0: unknown */
  gboolean ciphertext;      /* the encrypted file or device is read as it is */
  VgTransport way;
  char *way_reason; /* a clause for people, or NULL */
} VgPlanSource;

/* The half that stays, whatever becomes of the domain. */
typedef struct {
  char *target; /* of the disk, "vda": by this name it is found again */
  gboolean is_root;
  char *name;
  VgImageFormat format;      /* of the stream; of ciphertext it is raw */
  const char *format_reason; /* static, for people */
  VgCompression compression; /* of qcow2 */
  const char *disk_format;   /* static: what Glance is told: format, or that of
                                the file with the ciphertext */
  VgStoreChoice *choice;     /* NULL where Glance was not asked */
  gboolean flatten_after; /* of VG_TRANSPORT_CLONE: once the image is active */
  VgJson *record; /* of the image to be created, without its id; who sends it
                     copies it */
} VgPlanImage;

/* Both, borrowed from a plan. */
typedef struct {
  const VgPlanSource *source;
  const VgPlanImage *image;
} VgPlanDisk;
