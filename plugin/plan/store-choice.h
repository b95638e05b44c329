/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The choice of the store that an image goes to. It is pure: it is given all
 * facts and asks nobody. Its rules are those of nova-specs "Support multiple
 * stores of Glance" (Ussuri); see virt-glance(1), "WHICH STORE". */
#pragma once

#include <glib.h>

#include "inventory/stores.h"

/* What the choice depends on; all borrowed. */
typedef struct {
  const VgStores *stores;
  const char *user_store; /* what the user named, or NULL */
  gboolean allow_user_store;
  const char *flavor_store; /* that the guest's flavor names, or NULL */
  const char *config_store; /* [glance] store, or NULL */
  gboolean volume_backed;   /* the root disk is a volume */
  const char *base_image;   /* UUID of the image it was made from, or NULL */
  const char *const *base_stores; /* that hold it, NULL-ended; NULL: unknown */
  const char *base_problem; /* why base_stores is unknown, for people: "image
                               X was deleted or is not visible"; or NULL */
  const char *disk_fsid;    /* Ceph cluster that the disk is in, or NULL */
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

/* Chooses where Glance was not asked (stores is NULL): only a name is known
 * then, and not whether there is such a store. Where nobody named one, *choice
 * is NULL. FALSE with VG_GLANCE_ERROR_STORE where none may be named. */
gboolean vg_store_choose_unasked (const VgStoreQuestion *question,
                                  VgStoreChoice **choice, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Chooses. NULL with VG_GLANCE_ERROR_STORE where the store that the user or
 * the configuration names is not there, is read-only, may not be named, or
 * can't be named since this Glance has no stores; the message lists those
 * there are. */
VgStoreChoice *vg_store_choose (const VgStoreQuestion *question, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
