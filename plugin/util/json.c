/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json-c with checked types. JSON from a peer may have any type anywhere; a
 * getter returns NULL or its fallback if a value has another type. */
#include "util/json.h"

#include <string.h>

#include "util/text-file.h"

/* Deeper than any JSON that Keystone, Glance or QEMU send. */
#define MAX_DEPTH 64
#define MAX_VALUES 1000000

G_DEFINE_QUARK (vg_json_error_quark, vg_json_error)

static gboolean
is_ascii (const char *text, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if ((guchar) text[i] >= 0x80)
      return FALSE;
  return TRUE;
}

static void
append_escape (GString *out, gunichar c)
{
  if (c < 0x10000) {
    g_string_append_printf (out, "\\u%04x", c);
    return;
  }
  c -= 0x10000;
  g_string_append_printf (out, "\\u%04x\\u%04x", 0xd800 + (c >> 10),
                          0xdc00 + (c & 0x3ff));
}

/* The text with each character that isn't ASCII as "\uXXXX", for json-c 0.18
 * takes none in its strict mode (https://github.com/json-c/json-c/issues/875).
 * But for one after a backslash: there none is right, and it stays so. NULL
 * where it is no UTF-8. */
static GString *
escape (const char *text, gsize n)
{
  const char *end = text + n;
  gboolean after_backslash = FALSE;
  GString *out;

  if (!g_utf8_validate (text, (gssize) n, NULL))
    return NULL;
  out = g_string_sized_new (n + n / 2);
  for (const char *at = text; at < end; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);

    if (c < 0x80 || after_backslash)
      g_string_append_unichar (out, c);
    else
      append_escape (out, c);
    after_backslash = c == '\\' && !after_backslash;
  }
  return out;
}

/* Each value needs some 150 bytes of memory, and may have only two of text: its
 * comma or bracket. (Those in strings are counted, too, and don't matter.) */
static gboolean
has_too_many_values (const char *text, gsize n)
{
  gsize values = 0;

  for (gsize i = 0; i < n; i++)
    values += text[i] == ',' || text[i] == '[' || text[i] == '{';
  return values > MAX_VALUES;
}

/* Of less than 2 GiB. */
static VgJson *
parse_short (const char *text, gsize n, GError **error)
{
  struct json_tokener *tokener;
  enum json_tokener_error why;
  VgJson *json;

  tokener = json_tokener_new_ex (MAX_DEPTH);
  json_tokener_set_flags (tokener,
                          JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
  json = json_tokener_parse_ex (tokener, text, (int) n);
  why = json_tokener_get_error (tokener);
  if (why == json_tokener_continue) {
    /* The parser needs the NUL to see the end of a bare number. */
    json = json_tokener_parse_ex (tokener, "", 1);
    why = json_tokener_get_error (tokener);
  }
  json_tokener_free (tokener);
  if (why == json_tokener_success && json != NULL)
    return json;

  g_clear_pointer (&json, vg_json_unref);
  g_set_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE, "not valid JSON: %s",
               why == json_tokener_continue  ? "it ends too early"
               : why == json_tokener_success ? "it is null"
                                             : json_tokener_error_desc (why));
  return NULL;
}

VgJson *
vg_json_parse (const char *text, gssize length, GError **error)
{
  gsize n = length < 0 ? strlen (text) : (gsize) length;
  GString *escaped = NULL;
  VgJson *json = NULL;

  if (!is_ascii (text, n)) {
    escaped = escape (text, n);
    if (escaped == NULL) {
      g_set_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE,
                   "not valid JSON: it is not UTF-8");
      return NULL;
    }
    text = escaped->str;
    n = escaped->len;
  }
  if (n < G_MAXINT && !has_too_many_values (text, n))
    json = parse_short (text, n, error);
  else
    g_set_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE,
                 "the JSON text is too long");
  if (escaped != NULL)
    g_string_free (escaped, TRUE);
  return json;
}

VgJson *
vg_json_parse_file (const char *path, GError **error)
{
  g_autoptr (GError) why = NULL;
  gsize length;
  g_autofree char *text =
      vg_text_file_read (path, VG_TEXT_FILE_LARGE, TRUE, &length, &why);
  VgJson *json;

  if (text == NULL && why->domain == G_CONVERT_ERROR) {
    g_set_error_literal (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE,
                         why->message);
    return NULL;
  }
  if (text == NULL) {
    g_propagate_error (error, g_steal_pointer (&why));
    return NULL;
  }
  json = vg_json_parse (text, (gssize) length, error);
  if (json == NULL)
    g_prefix_error (error, "%s: ", path);
  return json;
}

gboolean
vg_json_check_version (VgJson *json, guint known, GError **error)
{
  gint64 version = vg_json_get_int (json, "version", -1);

  if (vg_json_get (json, "version") == NULL
      || (version >= 0 && version <= (gint64) known))
    return TRUE;
  if (version > 0)
    g_set_error (error, VG_JSON_ERROR, VG_JSON_ERROR_NEWER,
                 "a newer virt-glance wrote it (its format is version "
                 "%" G_GINT64_FORMAT ", and this one knows up to %u)",
                 version, known);
  else
    g_set_error (error, VG_JSON_ERROR, VG_JSON_ERROR_NEWER,
                 "a newer virt-glance wrote it (the version of its format is "
                 "no number that this one knows)");
  return FALSE;
}

VgJson *
vg_json_copy (VgJson *json)
{
  VgJson *copy = NULL;

  /* (It fails for want of memory alone, which ends GLib's programs.) */
  if (json_object_deep_copy (json, &copy, NULL) != 0)
    g_error ("a JSON object can't be copied");
  return copy;
}

VgJson *
vg_json_get (VgJson *json, const char *key)
{
  VgJson *value = NULL;

  if (!json_object_is_type (json, json_type_object))
    return NULL;
  json_object_object_get_ex (json, key, &value);
  return value;
}

const char *
vg_json_get_string (VgJson *json, const char *key)
{
  VgJson *value = vg_json_get (json, key);

  return json_object_is_type (value, json_type_string)
             ? json_object_get_string (value)
             : NULL;
}

VgJson *
vg_json_get_array (VgJson *json, const char *key)
{
  VgJson *value = vg_json_get (json, key);

  return json_object_is_type (value, json_type_array) ? value : NULL;
}

gint64
vg_json_get_int (VgJson *json, const char *key, gint64 fallback)
{
  VgJson *value = vg_json_get (json, key);

  return json_object_is_type (value, json_type_int)
             ? json_object_get_int64 (value)
             : fallback;
}

gboolean
vg_json_get_bool (VgJson *json, const char *key, gboolean fallback)
{
  VgJson *value = vg_json_get (json, key);
  const char *text;

  if (json_object_is_type (value, json_type_boolean))
    return json_object_get_boolean (value);
  text = vg_json_get_string (json, key);
  if (text != NULL && g_ascii_strcasecmp (text, "true") == 0)
    return TRUE;
  if (text != NULL && g_ascii_strcasecmp (text, "false") == 0)
    return FALSE;
  return fallback;
}

void
vg_json_set_string (VgJson *json, const char *key, const char *value)
{
  g_autofree char *valid = NULL;

  if (value == NULL)
    return;
  /* A library's messages may be in the locale's encoding, for example. */
  if (!g_utf8_validate (value, -1, NULL))
    value = valid = g_utf8_make_valid (value, -1);
  json_object_object_add (json, key, json_object_new_string (value));
}

void
vg_json_set_int (VgJson *json, const char *key, gint64 value)
{
  json_object_object_add (json, key, json_object_new_int64 (value));
}

void
vg_json_set_bool (VgJson *json, const char *key, gboolean value)
{
  json_object_object_add (json, key, json_object_new_boolean (value));
}

void
vg_json_set_take (VgJson *json, const char *key, VgJson *value)
{
  json_object_object_add (json, key, value);
}

char *
vg_json_to_text (VgJson *json, gboolean pretty)
{
  int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

  flags |= pretty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED
                  : JSON_C_TO_STRING_PLAIN;
  return g_strdup (json_object_to_json_string_ext (json, flags));
}
