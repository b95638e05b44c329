/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choice of an image's store. Pure: all facts are arguments. The rules are
 * those of nova-specs "Support multiple stores of Glance" (Ussuri); see
 * virt-glance(1), "WHICH STORE". */
#pragma once

#include <glib.h>

#include "inventory/stores.h"

/* Facts that the choice depends on; all borrowed. */
typedef struct {
  const VgStores *stores;
  const char *user_store; /* named by the user, or NULL */
  gboolean allow_user_store;
  /* Named by the image's own property, or NULL; ignored if users may not name a
   * store. */
  const char *property_store;
  const char *flavor_store; /* named by the guest's flavor, or NULL */
  const char *config_store; /* [glance] store, or NULL */
  gboolean volume_backed;   /* the root disk is a volume */
  const char *base_image;   /* UUID of the base image, or NULL */
  const char *const
      *base_stores; /* that hold the base image, NULL-ended; NULL: unknown */
  const char *base_problem; /* why base_stores is unknown, for people: "image
                               X was deleted or is not visible"; or NULL */
  const char *disk_fsid;    /* of the Ceph cluster with the disk, or NULL */
  const char *root_fsid;    /* likewise, with the guest's root disk */
} VgStoreQuestion;

typedef enum {
  VG_STORE_RULE_USER = 1,
  VG_STORE_RULE_CONFIG = 2,
  VG_STORE_RULE_BASE = 3,
  VG_STORE_RULE_DEFAULT = 4,
} VgStoreRule;

typedef struct {
  VgStoreRule rule;
  char *store;         /* id; NULL: a Glance without stores */
  char *type;          /* the store's type where known, or NULL */
  char *fsid;          /* the store's cluster where known, or NULL */
  char *pool;          /* the store's pool where known, or NULL */
  gboolean name_store; /* send X-Image-Meta-Store with it */
  char *base_ref;      /* send X-OpenStack-Base-Image-Ref with it, or NULL */
  char **others;       /* the other writable stores that hold the base image,
                          NULL-ended, maybe empty; filled by rule 3 alone */
  char *reason;        /* one clause for people: "it holds the base image X" */
} VgStoreChoice;

void vg_store_choice_free (VgStoreChoice *choice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgStoreChoice, vg_store_choice_free)

/* "user", "config", "base-image", "default": for --json and logs. */
const char *vg_store_rule_to_string (VgStoreRule rule);

/* Chooses without asking Glance (stores is NULL): the store may not exist. Sets
 * *choice to NULL if no store is named. FALSE with VG_GLANCE_ERROR_STORE if
 * naming one is not allowed. */
gboolean vg_store_choose_unasked (const VgStoreQuestion *question,
                                  VgStoreChoice **choice, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Chooses a store. NULL with VG_GLANCE_ERROR_STORE if the store named by the
 * user or the configuration does not exist, is read-only, is not allowed, or
 * this Glance has no stores; the message lists the existing stores. */
VgStoreChoice *vg_store_choose (const VgStoreQuestion *question, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
