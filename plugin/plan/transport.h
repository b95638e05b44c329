/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way that a disk's bytes take to the store. Pure, like the plan it is part
 * of. */
#pragma once

#include "domain/domain.h"
#include "plan/store-choice.h"
#include "util/config.h"
#include "util/image-format.h"

typedef enum {
  VG_TRANSPORT_READ,   /* read through the hypervisor, or by qemu-nbd, and
                          uploaded */
  VG_TRANSPORT_STREAM, /* a snapshot of the RBD image is read and uploaded */
  VG_TRANSPORT_CLONE,  /* a snapshot of the RBD image is cloned into the store's
                    pool,  and nothing is uploaded */
  VG_TRANSPORT_SAVED,  /* what a libvirt snapshot has of it is read and uploaded
                        */
} VgTransport;

/* "read", "stream", "clone", "saved": for --json and journals. */
const char *vg_transport_to_string (VgTransport way);

/* What Ceph says of a disk's RBD image. */
typedef struct {
  GError *problem;       /* why Ceph could not be asked; or NULL, and: */
  char *fsid;            /* its cluster's UUID */
  guint64 size;          /* bytes */
  gboolean can_clone;    /* its snapshots can be cloned */
  gboolean deep_flatten; /* so can what its clones' snapshots need be dropped */
  guint clone_format;    /* that clones get: 1 or 2 */
} VgRbdFacts;

void vg_rbd_facts_free (VgRbdFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgRbdFacts, vg_rbd_facts_free)

/* Whether the disk's bytes, or its ciphertext, are those of an RBD image: not
 * of a file of another format in it. */
gboolean vg_transport_is_rbd (const VgDomainDisk *disk);

/* What the way depends on; all borrowed. */
typedef struct {
  const VgDomainDisk *disk;
  const VgRbdFacts *rbd;       /* NULL: Ceph was not asked */
  const VgStoreChoice *choice; /* NULL: no store is chosen */
  VgImageFormat format;
  gboolean apart; /* snapshots of one disk after the other would be of several
                     instants: the guest runs, isn't frozen, and it is not the
                     only disk */
} VgTransportQuestion;

/* Chooses, with the reason (a clause for people; free with g_free()). */
VgTransport vg_transport_choose (const VgTransportQuestion *question,
                                 char **reason);
