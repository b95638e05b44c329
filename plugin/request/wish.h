/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is wanted of an image by requests and policies, word by word. */
#pragma once

#include <glib.h>

#define VG_REQUEST_URI "urn:virt-glance:request"
#define VG_STATUS_URI "urn:virt-glance:status"

#define VG_POLICY_ERROR (vg_policy_error_quark ())
typedef enum {
  VG_POLICY_ERROR_SYNTAX, /* an element, attribute or option is wrong; the
                             message says which, and what is allowed */
  VG_POLICY_ERROR_READ,   /* a file of policies can't be read */
} VgPolicyError;
GQuark vg_policy_error_quark (void);

/* What the image shall be like; words as on the command line, not yet looked
 * at any closer. NULL where nothing is said. */
typedef struct {
  char *name; /* of the image; in requests alone */
  char *from; /* the libvirt snapshot that it is to be of; in requests for
                 snapshots alone */
  char *store;
  char *format;
  char *quiesce;
  char *encrypted;
  char *compress;
  char **disks; /* NULL: the root disk */
  gboolean all_disks;
  char *backup_type; /* of a backup; NULL: it is none */
  guint rotation;    /* of a backup: so many are kept */
  char **reasons;    /* of a stop, as virsh has them ("shutdown"); in answers to
                        VG_EVENT_STOPPED alone, and never NULL there */
} VgWish;

void vg_wish_free (VgWish *wish);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgWish, vg_wish_free)

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

/* The wish in a request's element, such as "<snapshot name='x'/>", or
 * "<backup type='daily' rotation='7'/>", in any namespace. NULL with
 * VG_POLICY_ERROR_SYNTAX or VG_DOMAIN_ERROR_XML. */
VgWish *vg_wish_parse (const char *xml, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
