/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether single values of a request make sense. Each returns FALSE with
 * VG_REQUEST_ERROR for a value that Glance could not take or that is not known.
 */
#pragma once

#include <glib.h>

#define VG_REQUEST_MAX_CHARACTERS                                              \
  255 /* of a name, type, tag, property's key                                  \
       */

/* An image's name, a backup's type, an image's tag: 1 to 255 printable
 * characters of UTF-8. */
gboolean vg_request_check_name (const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean vg_request_check_type (const char *type, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean vg_request_check_tag (const char *tag, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A property that the user sets: "KEY=VALUE", whose key has 1 to 255 characters
 * and isn't reserved. */
gboolean vg_request_check_property (const char *assignment, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the key names a member of an image's record that is no property, or
 * one of Glance's own properties: neither set by a user nor inherited from the
 * base image. */
gboolean vg_request_is_reserved (const char *key);
