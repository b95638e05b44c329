/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of a request's single values. */
#include "request/check.h"

#include <string.h>

#include "request/error.h"
#include "util/image-format.h"
#include "util/text.h"

/* clang-format off */
/* Members of an image's record that are not properties, or that Glance
 * reserves. */
static const char *const reserved[] = {
  "id", "name", "status", "owner", "visibility", "protected", "tags",
  "disk_format", "container_format", "min_disk", "min_ram", "os_hidden",
  "size", "virtual_size", "checksum", "os_hash_algo", "os_hash_value",
  "stores", "location", "locations", "direct_url", "deleted", "deleted_at",
  "created_at", "updated_at", "self", "schema", "file", NULL
};
/* clang-format on */

/* Prefix of the properties that Glance's import uses. */
#define GLANCE_PREFIX "os_glance"

static gboolean
is_printable (const char *text)
{
  g_autofree char *clean = vg_text_clean (text, 0);

  return g_str_equal (clean, text);
}

/* what: "an image's name". */
static gboolean
check_label (const char *label, const char *what, GError **error)
{
  g_autofree char *shown = vg_text_clean (label, 40);
  const char *why = NULL;

  if (*label == '\0')
    why = "it is empty";
  else if (!g_utf8_validate (label, -1, NULL))
    why = "it is not valid UTF-8";
  else if (!is_printable (label))
    why = "it has a line break or another character that can't be printed";
  else if (g_utf8_strlen (label, -1) > VG_REQUEST_MAX_CHARACTERS)
    why = "it is longer than 255 characters";
  if (why == NULL)
    return TRUE;
  g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
               "'%s' can't be %s: %s", shown, what, why);
  return FALSE;
}

gboolean
vg_request_check_name (const char *name, GError **error)
{
  return check_label (name, "an image's name", error);
}

gboolean
vg_request_check_type (const char *type, GError **error)
{
  return check_label (type, "a backup's type", error);
}

gboolean
vg_request_check_tag (const char *tag, GError **error)
{
  return check_label (tag, "an image's tag", error);
}

gboolean
vg_request_check_compression (const char *text, GError **error)
{
  g_autofree char *shown = vg_text_clean (text, 40);
  VgCompression compression;
  guint level;

  if (vg_compression_parse (text, &compression, &level))
    return TRUE;
  g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
               "'%s' can't be a compression: use none, zlib, zlib:1 to "
               "zlib:9, zstd, or zstd:1 to zstd:19",
               shown);
  return FALSE;
}

gboolean
vg_request_is_reserved (const char *key)
{
  return g_strv_contains (reserved, key)
         || g_str_has_prefix (key, GLANCE_PREFIX);
}

gboolean
vg_request_check_property (const char *assignment, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (assignment, "=", 2);
  g_autofree char *shown = vg_text_clean (assignment, 60);
  const char *why = NULL;

  if (g_strv_length (parts) != 2 || *parts[0] == '\0')
    why = "expected KEY=VALUE";
  else if (!g_utf8_validate (assignment, -1, NULL))
    why = "it is not valid UTF-8";
  else if (g_utf8_strlen (parts[0], -1) > VG_REQUEST_MAX_CHARACTERS)
    why = "the key is longer than 255 characters";
  else if (vg_request_is_reserved (parts[0]))
    why = "Glance keeps that key for itself";
  if (why == NULL)
    return TRUE;
  g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
               "property '%s' can't be set: %s", shown, why);
  return FALSE;
}
