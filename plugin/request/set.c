/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets options of a request from text: reads and checks values according to the
 * table, then checks the combination. */
#include "request/set.h"

#include <string.h>

#include "request/error.h"
#include "util/text.h"

#define SHOWN 40 /* characters of untrusted input quoted in a message */

#define SEPARATORS " \t\r\n,"
#define QUOTES "'\""

static gboolean throw (GError * *error, VgRequestError code, const char *format,
                       ...) G_GNUC_PRINTF (3, 4);

static gboolean throw (GError * *error, VgRequestError code, const char *format,
                       ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, VG_REQUEST_ERROR, (int) code, message);
  return FALSE;
}

/* The code for unreadable values: there is no file to blame on the command
 * line. */
static VgRequestError
get_syntax (VgRequestPlace place)
{
  return vg_request_place_is_command (place) ? VG_REQUEST_ERROR_INVALID
                                             : VG_REQUEST_ERROR_SYNTAX;
}

/* Single values */

static gboolean
check_choice (const VgRequestOption *option, const char *label,
              const char *value, GError **error)
{
  g_auto (GStrv) choices = g_strsplit (option->choices, "|", -1);
  g_autofree char *shown = vg_text_clean (value, SHOWN);
  g_autofree char *known = NULL;

  if (g_strv_contains ((const char *const *) choices, value))
    return TRUE;
  if (option->kind == VG_OPTION_CHOICE) {
    known = vg_text_list_choices (option->choices);
    return throw (error, VG_REQUEST_ERROR_INVALID, "%s is %s, not '%s'", label,
                  known, shown);
  }
  known = g_strjoinv (", ", choices);
  return throw (error, VG_REQUEST_ERROR_SYNTAX, "%s='%s' is not known; use %s",
                label, shown, known);
}

static gboolean
has (char **list, const char *value)
{
  return list != NULL && g_strv_contains ((const char *const *) list, value);
}

static void
append_word (char ***list, const char *value)
{
  guint n = *list != NULL ? g_strv_length (*list) : 0;

  *list = g_renew (char *, *list, n + 2);
  (*list)[n] = g_strdup (value);
  (*list)[n + 1] = NULL;
}

gboolean
vg_request_put (VgRequest *request, const VgRequestOption *option,
                const char *label, const char *value, GError **error)
{
  VgField field = vg_request_option_get_field (option, request);

  if (option->choices != NULL && !check_choice (option, label, value, error))
    return FALSE;
  if (option->check != NULL && !option->check (value, error))
    return FALSE;
  if (vg_request_option_get_type (option) == VG_FIELD_LIST) {
    if (option->kind != VG_OPTION_LIST || !has (*field.list, value))
      append_word (field.list, value);
    return TRUE;
  }
  g_free (*field.text);
  *field.text = g_strdup (value);
  return TRUE;
}

static gboolean
set_number (VgRequest *request, const VgRequestOption *option,
            VgRequestPlace place, const char *label, const char *value,
            GError **error)
{
  g_autofree char *shown = vg_text_clean (value, SHOWN);
  guint64 number;

  if (option->kind == VG_OPTION_RATE) {
    if (!vg_text_parse_size (value, &number))
      return throw (error, get_syntax (place),
                    "%s is in bytes a second, maybe with a suffix k, M, G or "
                    "T, not '%s'",
                    label, shown);
  } else if (!g_ascii_string_to_unsigned (value, 10, 0, (guint64) option->max,
                                          &number, NULL)) {
    return throw (error, get_syntax (place),
                  "%s must be an integer from 0 to %" G_GINT64_FORMAT
                  ", not '%s'",
                  label, option->max, shown);
  }
  *vg_request_option_get_field (option, request).number = (gint64) number;
  return TRUE;
}

static gboolean
set_flag (VgRequest *request, const VgRequestOption *option, const char *label,
          const char *value, GError **error)
{
  g_autofree char *shown = vg_text_clean (value, SHOWN);

  if (vg_text_parse_boolean (
          value, vg_request_option_get_field (option, request).flag))
    return TRUE;
  return throw (error, VG_REQUEST_ERROR_SYNTAX, "%s is yes or no, not '%s'",
                label, shown);
}

/* Lists outside the command line */

/* Appends the first value in text. Quotes are special only at the beginning or
 * after the first "=". Returns the rest; NULL: a quote isn't closed. */
static const char *
split_one (const char *text, GPtrArray *values)
{
  g_autoptr (GString) value = g_string_new (NULL);
  gboolean may_open = TRUE, has_equals = FALSE;

  while (*text != '\0' && strchr (SEPARATORS, *text) == NULL) {
    if (may_open && strchr (QUOTES, *text) != NULL) {
      const char *end = strchr (text + 1, *text);

      if (end == NULL)
        return NULL;
      g_string_append_len (value, text + 1, end - text - 1);
      text = end + 1;
      may_open = FALSE;
      continue;
    }
    may_open = *text == '=' && !has_equals;
    has_equals = has_equals || *text == '=';
    g_string_append_c (value, *text++);
  }
  g_ptr_array_add (values, g_string_free (g_steal_pointer (&value), FALSE));
  return text;
}

/* NULL: a quote isn't closed. */
static char **
split_words (const char *text)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);

  for (text += strspn (text, SEPARATORS); *text != '\0';
       text += strspn (text, SEPARATORS)) {
    text = split_one (text, values);
    if (text == NULL)
      return NULL;
  }
  g_ptr_array_add (values, NULL);
  return (char **) g_ptr_array_steal (values, NULL);
}

static gboolean
set_list (VgRequest *request, const VgRequestOption *option, const char *label,
          const char *value, GError **error)
{
  g_auto (GStrv) values = split_words (value);
  g_autofree char *shown = vg_text_clean (value, SHOWN);

  if (values == NULL)
    return throw (error, VG_REQUEST_ERROR_SYNTAX,
                  "%s='%s' has an unclosed quotation mark", label, shown);
  if (*values == NULL)
    return throw (error, VG_REQUEST_ERROR_SYNTAX, "'%s' is empty", label);
  g_clear_pointer (vg_request_option_get_field (option, request).list,
                   g_strfreev);
  for (char **v = values; *v != NULL; v++)
    if (!vg_request_put (request, option, label, *v, error))
      return FALSE;
  return TRUE;
}

static gboolean
set_disks (VgRequest *request, const VgRequestOption *option, const char *label,
           const char *value, GError **error)
{
  request->all_disks = strcmp (value, "all") == 0;
  if (!request->all_disks && strcmp (value, "root") != 0)
    return set_list (request, option, label, value, error);
  g_clear_pointer (&request->disks, g_strfreev);
  return TRUE;
}

/* Setting */

VgRequest *
vg_request_new_at (VgRequestPlace place)
{
  VgRequest *request = vg_request_new (NULL);
  guint n;
  const VgRequestOption *options = vg_request_options (&n);

  for (guint i = 0; i < n; i++) {
    const char *word = vg_request_option_get_word (&options[i], place);
    g_autoptr (GError) error = NULL;

    if (word != NULL && options[i].fallback != NULL
        && !vg_request_set (request, place, word, options[i].fallback, &error))
      g_critical ("%s", error->message);
  }
  return request;
}

static gboolean
set_on_command (VgRequest *request, const VgRequestOption *option,
                VgRequestPlace place, const char *value, GError **error)
{
  g_autofree char *label = g_strconcat ("--", option->name, NULL);

  switch (vg_request_option_get_type (option)) {
  case VG_FIELD_FLAG:
    *vg_request_option_get_field (option, request).flag = TRUE;
    return TRUE;
  case VG_FIELD_NUMBER:
    return set_number (request, option, place, label, value, error);
  case VG_FIELD_TEXT:
  case VG_FIELD_LIST:
    break;
  }
  return vg_request_put (request, option, label, value, error);
}

gboolean
vg_request_set (VgRequest *request, VgRequestPlace place, const char *word,
                const char *value, GError **error)
{
  const VgRequestOption *option = vg_request_option_find (place, word, error);

  if (option == NULL)
    return FALSE;
  if (vg_request_place_is_command (place))
    return set_on_command (request, option, place, value, error);
  if (*value == '\0')
    return throw (error, VG_REQUEST_ERROR_SYNTAX, "'%s' has no value", word);
  if (option->kind == VG_OPTION_DISKS)
    return set_disks (request, option, word, value, error);
  switch (vg_request_option_get_type (option)) {
  case VG_FIELD_FLAG:
    return set_flag (request, option, word, value, error);
  case VG_FIELD_NUMBER:
    return set_number (request, option, place, word, value, error);
  case VG_FIELD_LIST:
    return set_list (request, option, word, value, error);
  case VG_FIELD_TEXT:
    break;
  }
  return vg_request_put (request, option, word, value, error);
}

gboolean
vg_request_add (VgRequest *request, VgRequestPlace place, const char *child,
                const char *value, GError **error)
{
  const VgRequestOption *option =
      vg_request_option_find_child (place, child, error);

  if (option == NULL)
    return FALSE;
  if (*value == '\0')
    return throw (error, VG_REQUEST_ERROR_SYNTAX, "<%s> has no value", child);
  return vg_request_put (request, option, child, value, error);
}
