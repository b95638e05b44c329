/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transport of a disk's bytes to the store. Pure, like the rest of the
 * plan. */
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
                          pool, without upload */
  VG_TRANSPORT_SAVED,  /* the disk's state in a libvirt snapshot is read and
                          uploaded */
  VG_N_TRANSPORTS,     /* number of transports */
} VgTransport;

/* "read", "stream", "clone", "saved": for --json and journals. */
const char *vg_transport_to_string (VgTransport way);

/* "read through the hypervisor": a clause for people. Static. */
const char *vg_transport_describe (VgTransport way);

/* Whether it uses a snapshot of the disk's RBD image. */
gboolean vg_transport_needs_rbd_snapshot (VgTransport way);

/* Ceph's facts about a disk's RBD image. */
typedef struct {
  GError *problem;       /* why Ceph could not be asked; or NULL, and: */
  char *fsid;            /* the cluster's UUID */
  guint64 size;          /* bytes */
  gboolean can_clone;    /* its snapshots can be cloned */
  gboolean deep_flatten; /* clones and their snapshots can be flattened */
  guint clone_format;    /* of new clones: 1 or 2 */
} VgRbdFacts;

void vg_rbd_facts_free (VgRbdFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgRbdFacts, vg_rbd_facts_free)

/* Whether the disk's bytes, or its ciphertext, are those of an RBD image, and
 * not of a file of another format in it. */
gboolean vg_transport_is_rbd (const VgDomainDisk *disk);

/* Facts that the transport depends on; all borrowed. */
typedef struct {
  const VgDomainDisk *disk;
  const VgRbdFacts *rbd;       /* NULL: Ceph was not asked */
  const VgStoreChoice *choice; /* NULL: no store is chosen */
  VgImageFormat format;
  gboolean apart; /* sequential snapshots would differ in time: the guest runs,
                     isn't frozen, and has other disks */
} VgTransportQuestion;

/* Chooses a transport, with the reason (a clause for people; free with
 * g_free()). */
VgTransport vg_transport_choose (const VgTransportQuestion *question,
                                 char **reason);
