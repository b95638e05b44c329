/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The services that a job talks to. */
#pragma once

#include "glance/glance.h"
#include "host/guest.h"
#include "instant/ceph.h"

/* All borrowed. undo.h and gather.h say which may be NULL, with what effect. */
typedef struct {
  VgGuest *guest;
  VgGlance *glance;
  VgCeph *ceph;
  VgHost *host; /* for what is of no guest that is there: a definition */
} VgPeers;
