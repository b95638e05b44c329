/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests as JSON. The input was written by this version or an older one,
 * which did not check all values. */
#include "request/request-json.h"

#include "request/set.h"

/* The option's name in the spool. */
static const char *
get_key (const VgRequestOption *option)
{
  return option->json != NULL ? option->json : option->key;
}

static VgJson *
list_to_json (char **list)
{
  VgJson *array = json_object_new_array ();

  for (; *list != NULL; list++)
    json_object_array_add (array, json_object_new_string (*list));
  return array;
}

static void
write_option (VgJson *json, const char *key, const VgRequestOption *option,
              const VgRequest *request)
{
  VgField field = vg_request_option_get_field (option, request);

  switch (vg_request_option_get_type (option)) {
  case VG_FIELD_TEXT:
    vg_json_set_string (json, key, *field.text);
    break;
  case VG_FIELD_LIST:
    vg_json_set_take (json, key, list_to_json (*field.list));
    break;
  case VG_FIELD_FLAG:
    vg_json_set_bool (json, key, *field.flag);
    break;
  case VG_FIELD_NUMBER:
    vg_json_set_int (json, key, *field.number);
    break;
  }
}

VgJson *
vg_request_to_json (const VgRequest *request)
{
  VgJson *json = json_object_new_object ();
  guint n;
  const VgRequestOption *options = vg_request_options (&n);

  for (guint i = 0; i < n; i++)
    if (vg_request_option_is_said (&options[i], request))
      write_option (json, get_key (&options[i]), &options[i], request);
  return json;
}

void
vg_request_write_record (const VgRequest *request, VgJson *record)
{
  guint n;
  const VgRequestOption *options = vg_request_options (&n);

  for (guint i = 0; i < n; i++)
    if (options[i].record != NULL
        && vg_request_option_is_said (&options[i], request))
      write_option (record, options[i].record, &options[i], request);
}

static gboolean
throw_type (GError **error, const char *key, const char *what)
{
  g_set_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE, "'%s' is not %s", key,
               what);
  return FALSE;
}

static gboolean
read_list (VgRequest *request, const VgRequestOption *option, VgJson *array,
           GError **error)
{
  const char *key = get_key (option);

  if (!json_object_is_type (array, json_type_array))
    return throw_type (error, key, "a list");
  for (gsize i = 0; i < json_object_array_length (array); i++) {
    VgJson *entry = json_object_array_get_idx (array, i);

    if (!json_object_is_type (entry, json_type_string))
      return throw_type (error, key, "a list of strings");
    if (!vg_request_put (request, option, key, json_object_get_string (entry),
                         error))
      return FALSE;
  }
  return TRUE;
}

/* Out-of-range numbers are not clamped: a rotation could become zero, which
 * deletes all backups. */
static gboolean
read_number (VgRequest *request, const VgRequestOption *option, VgJson *value,
             GError **error)
{
  gint64 max = option->kind == VG_OPTION_NUMBER ? option->max : G_MAXINT64;
  gint64 number = json_object_get_int64 (value);
  g_autofree char *range =
      g_strdup_printf ("a number from 0 to %" G_GINT64_FORMAT, max);

  if (!json_object_is_type (value, json_type_int) || number < 0 || number > max)
    return throw_type (error, get_key (option), range);
  *vg_request_option_get_field (option, request).number = number;
  return TRUE;
}

static gboolean
read_option (VgRequest *request, const VgRequestOption *option, VgJson *value,
             GError **error)
{
  const char *key = get_key (option);

  switch (vg_request_option_get_type (option)) {
  case VG_FIELD_TEXT:
    break;
  case VG_FIELD_LIST:
    return read_list (request, option, value, error);
  case VG_FIELD_FLAG:
    if (!json_object_is_type (value, json_type_boolean))
      return throw_type (error, key, "true or false");
    *vg_request_option_get_field (option, request).flag =
        json_object_get_boolean (value);
    return TRUE;
  case VG_FIELD_NUMBER:
    return read_number (request, option, value, error);
  }
  return json_object_is_type (value, json_type_string)
             ? vg_request_put (request, option, key,
                               json_object_get_string (value), error)
             : throw_type (error, key, "a string");
}

VgRequest *
vg_request_from_json (VgJson *json, GError **error)
{
  g_autoptr (VgRequest) request = vg_request_new (NULL);
  guint n;
  const VgRequestOption *options = vg_request_options (&n);

  if (!json_object_is_type (json, json_type_object)) {
    throw_type (error, "wish", "an object");
    return NULL;
  }
  for (guint i = 0; i < n; i++) {
    VgJson *value = vg_json_get (json, get_key (&options[i]));

    if (value != NULL && !read_option (request, &options[i], value, error))
      return NULL;
  }
  if ((request->backup_type != NULL) == vg_request_has_retention (request))
    return g_steal_pointer (&request);
  throw_type (error, "backup_type", "there together with 'rotation'");
  return NULL;
}
