/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json-c with checked types and GLib's habits. Objects are reference-counted
 * by json-c; "borrowed" results live as long as the object asked. */
#pragma once

#include <glib.h>
#include <json-c/json.h>

typedef struct json_object VgJson;

static inline void
vg_json_unref (VgJson *json)
{
  json_object_put (json);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgJson, vg_json_unref)

#define VG_JSON_ERROR (vg_json_error_quark ())
typedef enum {
  VG_JSON_ERROR_PARSE, /* not JSON, or nested too deep */
} VgJsonError;
GQuark vg_json_error_quark (void);

/* Parses length bytes (-1: up to the NUL) that hold one JSON value, not null,
 * and nothing else. Strings must be UTF-8. Returns a new reference or NULL. */
VgJson *vg_json_parse (const char *text, gssize length, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The same of a whole file, or a GFileError; the message names the file. */
VgJson *vg_json_parse_file (const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The member of an object, borrowed; NULL where json is no object (NULL too),
 * has no such member, or the member is of another type. */
VgJson *vg_json_get (VgJson *json, const char *key);
const char *vg_json_get_string (VgJson *json, const char *key);
VgJson *vg_json_get_array (VgJson *json, const char *key);

/* A number that fits, else fallback. */
gint64 vg_json_get_int (VgJson *json, const char *key, gint64 fallback);

/* true or false; the strings "true" and "false" too, as Glance has them in
 * places; else fallback. */
gboolean vg_json_get_bool (VgJson *json, const char *key, gboolean fallback);

/* Sets a member; a NULL string sets nothing, and of one that is not UTF-8 those
 * bytes are replaced that keep it from being read back. */
void vg_json_set_string (VgJson *json, const char *key, const char *value);
void vg_json_set_int (VgJson *json, const char *key, gint64 value);
void vg_json_set_bool (VgJson *json, const char *key, gboolean value);
/* Takes the caller's reference of value (NULL gives null). */
void vg_json_set_take (VgJson *json, const char *key, VgJson *value);

/* The text, on one line, or indented for people. Free with g_free(). */
char *vg_json_to_text (VgJson *json, gboolean pretty);
