/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The services that a job talks to. */
#pragma once

#include "glance/glance.h"
#include "host/guest.h"
#include "instant/ceph.h"

/* All borrowed. What may be NULL, and what this means, depends on the use:
 * undo.h, gather.h. */
typedef struct {
  VgGuest *guest;
  VgGlance *glance;
  VgCeph *ceph;
} VgPeers;
