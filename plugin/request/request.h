/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What somebody asked for. */
#pragma once

#include <glib.h>

#include "util/config.h"

typedef enum {
  VG_QUIESCE_AUTO,    /* freeze the file systems if the agent can */
  VG_QUIESCE_REQUIRE, /* or fail */
  VG_QUIESCE_NEVER,
} VgQuiesce;

/* What becomes of disks that the hypervisor decrypts. */
typedef enum {
  VG_ENCRYPTED_REFUSE,
  VG_ENCRYPTED_KEEP,    /* the image has the ciphertext */
  VG_ENCRYPTED_DECRYPT, /* the image has their content in the clear */
} VgEncrypted;

typedef struct {
  char *order;       /* id of the order in the spool (spool.h), or NULL */
  char *domain;      /* name, id or UUID; never NULL */
  char *backup_type; /* "daily": the images are backups; NULL: snapshots */
  char *from;        /* --from: a libvirt snapshot that there is, or NULL */
  char *name;   /* of the image; NULL: made of the domain's name and the time */
  char *store;  /* --store, or NULL */
  char *format; /* --format, or NULL */
  char *compress; /* --compress, or NULL */
  char **disks;   /* --disk, NULL-ended; NULL: the root disk */
  gboolean all_disks;
  char *quiesce;      /* --quiesce, or NULL */
  char **mountpoints; /* --mountpoint, NULL-ended: the file systems that are
                         frozen; NULL: all */
  char *encrypted;    /* --encrypted, or NULL */
  char **properties;  /* --property, "KEY=VALUE", NULL-ended; or NULL */
  char **tags;        /* --tag, NULL-ended; or NULL */
  char *visibility;   /* --visibility, or NULL: private */
  gboolean protect;   /* --protected */
  char *owner;        /* --owner, or NULL */
} VgRequest;

VgRequest *vg_request_new (const char *domain);
void vg_request_free (VgRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgRequest, vg_request_free)

/* What the request says, else what config says. */
VgQuiesce vg_request_get_quiesce (const VgRequest *request,
                                  const VgConfig *config);
VgEncrypted vg_request_get_encrypted (const VgRequest *request);

/* Whether images belong to the project that is signed in to, not to the
 * instance's. */
gboolean vg_request_is_owner_self (const VgRequest *request,
                                   const VgConfig *config);

/* "auto", "require", "never". */
gboolean vg_quiesce_from_string (const char *text, VgQuiesce *quiesce);
const char *vg_quiesce_to_string (VgQuiesce quiesce);

/* "refuse", "keep", "decrypt". */
gboolean vg_encrypted_from_string (const char *text, VgEncrypted *encrypted);
