/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the values of a request make sense, before anybody acts on them. */
#include "request/check.h"

#include <string.h>

#include "request/error.h"
#include "util/image-format.h"
#include "util/text.h"

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
vg_request_check_visibility (const char *visibility, GError **error)
{
  static const char *const all[] = { "private", "shared", "community", "public",
                                     NULL };
  g_autofree char *shown = vg_text_clean (visibility, 40);

  if (g_strv_contains (all, visibility))
    return TRUE;
  g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
               "an image's visibility is private, shared, community or public, "
               "not '%s'",
               shown);
  return FALSE;
}

gboolean
vg_request_check_compression (const char *compression, const char *option,
                              GError **error)
{
  g_autofree char *shown = vg_text_clean (compression, 40);
  VgCompression known;

  if (vg_compression_from_string (compression, &known))
    return TRUE;
  g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
               "%s is none, zlib or zstd, not '%s'", option, shown);
  return FALSE;
}
