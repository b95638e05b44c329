/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words that a wish is made of. Private to the room. */
#pragma once

#include "domain/policy.h"
#include "domain/xml.h"

/* Where words stand: not all mean something everywhere. */
typedef enum {
  VG_WORDS_SNAPSHOT,    /* in a request */
  VG_WORDS_BACKUP,      /* likewise */
  VG_WORDS_ON_STOPPED,  /* in an answer to VG_EVENT_STOPPED */
  VG_WORDS_ON_BACKUP,   /* … to VG_EVENT_BACKUP */
  VG_WORDS_ON_SNAPSHOT, /* … to VG_EVENT_SNAPSHOT */
} VgWords;

/* A wish with what it has where nothing is said; free it with
 * vg_wish_free(). */
VgWish *vg_wish_new (VgWords words);

/* Sets what key ("store") stands for. FALSE with VG_POLICY_ERROR_SYNTAX where
 * such a wish has no such key, or the key no such value. */
gboolean vg_wish_set (VgWish *wish, VgWords words, const char *key,
                      const char *value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Fails where something is missing that such a wish must say. */
gboolean vg_wish_check (const VgWish *wish, VgWords words, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Sets all that the element's attributes say, but for the attribute that is to
 * be skipped (or NULL). Likewise; and FALSE where something is in the
 * element, or missing. */
gboolean vg_wish_set_attributes (VgWish *wish, VgWords words, xmlNode *node,
                                 const char *skip, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Fails unless nothing but white space and comments is in the element. */
gboolean vg_wish_check_empty (xmlNode *node, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
