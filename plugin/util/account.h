/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Users and groups of this host, from whatever nsswitch.conf(5) names: records
 * may be long, and a directory service may be away. */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef enum {
  VG_ACCOUNT_USER,
  VG_ACCOUNT_GROUP,
} VgAccountKind;

/* Finds the number of a user or a group by its name, or by the number itself,
 * with or without a "+", as in libvirt's labels. FALSE with G_FILE_ERROR_NOENT
 * if there is none, or the code of the error of the look-up. Blocks. */
gboolean vg_account_find (VgAccountKind kind, const char *text, guint *id,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The name of the user, and the group of the user's own record; NULL if there
 * is none, or it can't be looked up. Free with g_free(). Blocks. */
char *vg_account_get_user (uid_t uid, gid_t *gid);

/* The name, or else the number: for people. Free with g_free(). */
char *vg_account_describe_user (uid_t uid);
