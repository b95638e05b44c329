/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json-c with checked types and GLib's conventions. json-c counts the
 * references to objects; "borrowed" results live as long as the object they
 * were read from. */
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
  VG_JSON_ERROR_PARSE, /* not JSON, nested too deep, or not what it should be */
  VG_JSON_ERROR_NEWER, /* a newer virt-glance wrote it, in a format that this
                          one doesn't know: to be left alone */
} VgJsonError;
GQuark vg_json_error_quark (void);

/* Parses length bytes (-1: up to the NUL) that hold exactly one JSON value, not
 * null, with up to a million values in it. Strings must be UTF-8. Returns a new
 * reference or NULL. */
VgJson *vg_json_parse (const char *text, gssize length, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Parses a whole regular file of reasonable length. Also GFileError; the
 * message names the file. */
VgJson *vg_json_parse_file (const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether a file of ours is in a format that is known: its member "version" (0
 * where it has none) is a number up to known. FALSE with VG_JSON_ERROR_NEWER;
 * the message doesn't name the file. See ARCHITECTURE, "Formats and versions".
 */
gboolean vg_json_check_version (VgJson *json, guint known, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A copy of all of it; a new reference. */
VgJson *vg_json_copy (VgJson *json);

/* The member of an object, borrowed. NULL if json is NULL or no object, has no
 * such member, or the member has another type. */
VgJson *vg_json_get (VgJson *json, const char *key);
const char *vg_json_get_string (VgJson *json, const char *key);
VgJson *vg_json_get_array (VgJson *json, const char *key);

/* fallback if the member is no number, or out of range. */
gint64 vg_json_get_int (VgJson *json, const char *key, gint64 fallback);

/* Accepts true and false, and the strings "true" and "false", which Glance
 * sends in places; otherwise fallback. */
gboolean vg_json_get_bool (VgJson *json, const char *key, gboolean fallback);

/* Sets a member. A NULL string sets nothing; invalid UTF-8 is replaced, so that
 * the text can be parsed again. */
void vg_json_set_string (VgJson *json, const char *key, const char *value);
void vg_json_set_int (VgJson *json, const char *key, gint64 value);
void vg_json_set_bool (VgJson *json, const char *key, gboolean value);
/* Takes ownership of value (NULL gives null). */
void vg_json_set_take (VgJson *json, const char *key, VgJson *value);

/* The JSON text, on one line, or indented (pretty). Free with g_free(). */
char *vg_json_to_text (VgJson *json, gboolean pretty);
