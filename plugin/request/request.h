/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What somebody asked for: on the command line, in a domain's metadata, or by a
 * policy. */
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

#define VG_REQUEST_UNSAID (-1) /* a number that isn't said */

typedef struct {
  char *order;  /* id of the order in the spool (spool.h), or NULL */
  char *domain; /* name, id or UUID; NULL in policies and orders, which are
                   about a domain that is known otherwise */

  /* The options, one for each row of the table (options.c). They are as they
   * were said, and were checked then; NULL, FALSE and VG_REQUEST_UNSAID: they
   * weren't. What the configuration says instead is not in here. */
  char *name; /* of the image; NULL: made of the domain's name and the time */
  char *from; /* a libvirt snapshot; NULL: the disks as they are */
  char *store;
  char *format;
  char *compress;
  char **disks; /* NULL: the root disk */
  gboolean all_disks;
  char *quiesce;
  char **mountpoints; /* the file systems that are frozen; NULL: all */
  char *encrypted;
  char **properties; /* "KEY=VALUE" */
  char **tags;
  gboolean protect;
  char *owner;
  char *visibility;
  gint64 min_ram;    /* MiB that a guest built from the image needs */
  char *backup_type; /* "daily": the images are backups; NULL: snapshots */
  gint64 rotation;   /* so many backups are kept */
  gint64 limit_rate; /* bytes a second; 0: no limit */
  char **reasons;    /* of a stop, as virsh has them: "shutdown" */
} VgRequest;

/* A request in which nothing is said. domain may be NULL. */
VgRequest *vg_request_new (const char *domain);
void vg_request_free (VgRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgRequest, vg_request_free)

/* Takes over (as copies) the options that below says and request doesn't. The
 * order and the domain stay. So a merge into a new request copies the
 * options. */
void vg_request_merge (VgRequest *request, const VgRequest *below);

/* What the request says, else what config says; encrypted disks are refused
 * then. */
VgQuiesce vg_request_get_quiesce (const VgRequest *request,
                                  const VgConfig *config);
VgEncrypted vg_request_get_encrypted (const VgRequest *request);

/* Whether images belong to the project that is signed in to, not to the
 * instance's. */
gboolean vg_request_is_owner_self (const VgRequest *request,
                                   const VgConfig *config);

/* Bytes a second that are uploaded at most; 0: no limit. */
guint64 vg_request_get_rate (const VgRequest *request, const VgConfig *config);

/* "auto", "require", "never". */
const char *vg_quiesce_to_string (VgQuiesce quiesce);
