/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of a request's single values. Each returns FALSE with VG_REQUEST_ERROR
 * for an unknown value, or one that Glance can't accept. */
#pragma once

#include <glib.h>

#define VG_REQUEST_MAX_CHARACTERS 255 /* of a name, type, tag or key */

/* An image's name, a backup's type, an image's tag: 1 to 255 printable UTF-8
 * characters. */
gboolean vg_request_check_name (const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean vg_request_check_type (const char *type, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean vg_request_check_tag (const char *tag, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A compression, maybe with its level. */
gboolean vg_request_check_compression (const char *compression, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A property set by the user: "KEY=VALUE". The key has 1 to 255 characters and
 * isn't reserved. */
gboolean vg_request_check_property (const char *assignment, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the key is a member of an image's record but not a property, or one
 * of Glance's own properties. Users can't set these, and images don't inherit
 * them from the base image. */
gboolean vg_request_is_reserved (const char *key);
