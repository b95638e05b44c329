/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request from the command line, a domain's metadata, or a policy. */
#pragma once

#include <glib.h>

#include "util/config.h"

typedef enum {
  VG_QUIESCE_AUTO,    /* freeze the file systems if the agent can */
  VG_QUIESCE_REQUIRE, /* or fail */
  VG_QUIESCE_NEVER,
} VgQuiesce;

/* Treatment of disks that the hypervisor decrypts. */
typedef enum {
  VG_ENCRYPTED_REFUSE,
  VG_ENCRYPTED_KEEP,    /* the image contains the ciphertext */
  VG_ENCRYPTED_DECRYPT, /* the image contains the plaintext */
} VgEncrypted;

#define VG_REQUEST_UNSAID (-1) /* a number that isn't set */

typedef struct {
  char *order;  /* id of the order in the spool (spool.h), or NULL */
  char *domain; /* name, id or UUID; NULL in policies and orders, whose domain
                   is known from elsewhere */
  gint64 until; /* s since 1970: the job doesn't begin later; 0: whenever */

  /* The options, one for each row of the table (options.c), already checked.
   * NULL, FALSE and VG_REQUEST_UNSAID: not set. Defaults of the configuration
   * are not included. */
  char *name; /* of the image; NULL: the domain's name with the time */
  char *from; /* a libvirt snapshot; NULL: the present disks */
  char *store;
  char *format;
  char *compress;
  char **disks; /* NULL: the root disk */
  gboolean all_disks;
  char *quiesce;
  char **mountpoints; /* the file systems to freeze; NULL: all */
  char *encrypted;
  char **properties; /* "KEY=VALUE" */
  char **tags;
  gboolean protect;
  char *owner;
  char *visibility;
  gint64 min_ram;    /* MiB that a guest built from the image needs */
  char *backup_type; /* "daily": the images are backups; NULL: snapshots */
  gint64 rotation;   /* number of backups to keep */
  gint64 keep_daily; /* … one of each of so many days; see retention.h */
  gint64 keep_weekly;
  gint64 keep_monthly;
  gboolean delete_all; /* rotation is 0, and meant so */
  gint64 limit_rate;   /* bytes per second; 0: no limit */
  char **reasons;      /* of a stop, in virsh's words: "shutdown" */
} VgRequest;

/* A request without options. domain may be NULL. */
VgRequest *vg_request_new (const char *domain);
void vg_request_free (VgRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgRequest, vg_request_free)

/* Copies the options that below sets and request doesn't. The order and the
 * domain stay. So merging into a new request copies the options. */
void vg_request_merge (VgRequest *request, const VgRequest *below);

/* Whether the request says which backups are kept, and leaving that open. */
gboolean vg_request_has_retention (const VgRequest *request);
void vg_request_clear_retention (VgRequest *request);

/* The request's value, else the configuration's; encrypted disks are refused by
 * default. */
VgQuiesce vg_request_get_quiesce (const VgRequest *request,
                                  const VgConfig *config);
VgEncrypted vg_request_get_encrypted (const VgRequest *request);

/* Whether images belong to the project authenticated to, instead of the
 * instance's. */
gboolean vg_request_is_owner_self (const VgRequest *request,
                                   const VgConfig *config);

/* Upload limit in bytes per second; 0: no limit. */
guint64 vg_request_get_rate (const VgRequest *request, const VgConfig *config);

/* "auto", "require", "never". */
const char *vg_quiesce_to_string (VgQuiesce quiesce);
