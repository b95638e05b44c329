/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's policies: key files in a directory, with a section for each
 * policy. Patterns select the domains of a section. The first matching section
 * wins, of backups the first of each type; later ones are not read. */
#include "request/policy-files.h"

#include <string.h>

#include "request/error.h"
#include "request/rules.h"
#include "request/set.h"
#include "util/text-file.h"
#include "util/text.h"

#define SHOWN 40

/* The policy that is searched for. */
typedef struct {
  const VgDomain *domain;
  VgEvent event;
  const char *type;        /* of backups; NULL: any … */
  const GPtrArray *except; /* … but of these types; or NULL */
} Wanted;

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* The names of the directory's files, sorted; empty if the directory is
 * missing. */
static GPtrArray *
list_files (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) why = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &why);
  const char *name;

  if (dir == NULL && !g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_READ,
                 "the policy directory can't be read: %s", why->message);
    return NULL;
  }
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".conf") && *name != '.')
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return g_steal_pointer (&names);
}

/* Whether the pattern matches one of the two names; either may be NULL. */
static gboolean
fits (const char *pattern, const char *name, const char *other)
{
  return (name != NULL && g_pattern_match_simple (pattern, name))
         || (other != NULL && g_pattern_match_simple (pattern, other));
}

/* A list would match nothing, silently. */
static gboolean
check_pattern (const char *key, const char *value, GError **error)
{
  g_autofree char *shown = NULL;

  if (strchr (value, ',') == NULL)
    return TRUE;
  shown = vg_text_clean (value, SHOWN);
  g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX,
               "%s is one pattern, not a list: '%s'; write a section for each "
               "(a ? matches a comma in a name)",
               key, shown);
  return FALSE;
}

/* Handles a key that selects the domains of a section. FALSE for other keys. */
static gboolean
take_condition (const VgDomain *domain, const char *key, const char *value,
                gboolean *applies)
{
  gboolean ok;

  if (strcmp (key, "domain") == 0)
    ok = fits (value, domain->name, domain->nova_name);
  else if (strcmp (key, "project") == 0)
    ok = fits (value, domain->owner_project, domain->owner_project_name);
  else if (strcmp (key, "flavor") == 0)
    ok = fits (value, domain->flavor, NULL);
  else
    return FALSE;
  *applies = *applies && ok;
  return TRUE;
}

gboolean
vg_policy_is_of_type (const VgRequest *request, const char *type,
                      const GPtrArray *except)
{
  const char *own = request->backup_type;

  if (type != NULL && g_strcmp0 (own, type) != 0)
    return FALSE;
  for (guint i = 0; except != NULL && i < except->len; i++)
    if (g_strcmp0 (own, except->pdata[i]) == 0)
      return FALSE;
  return TRUE;
}

/* Reads all of a section even if it does not match, to detect errors early. */
static VgRequest *
read_section (GKeyFile *file, const char *section, const Wanted *wanted,
              GError **error)
{
  g_autofree char *on = g_key_file_get_value (file, section, "on", NULL);
  g_auto (GStrv) keys = g_key_file_get_keys (file, section, NULL, NULL);
  gboolean applies = TRUE;
  g_autoptr (VgRequest) request = NULL;
  VgEvent read_event;
  VgRequestPlace place;

  if (!vg_event_parse (on != NULL ? g_strstrip (on) : NULL, &read_event, error))
    return NULL;
  place = vg_event_get_place (read_event);
  request = vg_request_new_at (place);
  for (char **key = keys; *key != NULL; key++) {
    g_autofree char *value = g_key_file_get_value (file, section, *key, NULL);

    if (strcmp (*key, "on") == 0)
      continue;
    if (take_condition (wanted->domain, *key, g_strstrip (value), &applies)) {
      if (!check_pattern (*key, value, error))
        return NULL;
      continue;
    }
    if (!vg_request_set (request, place, *key, value, error))
      return NULL;
  }
  if (!vg_request_check (request, place, NULL, error))
    return NULL;
  applies = applies && read_event == wanted->event
            && vg_policy_is_of_type (request, wanted->type, wanted->except);
  return applies ? g_steal_pointer (&request) : NULL;
}

static gboolean
read_file (const char *path, const Wanted *wanted, VgRequest **request,
           char **from, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) why = NULL;
  g_auto (GStrv) sections = NULL;
  gsize length;
  g_autofree char *text =
      vg_text_file_read (path, VG_TEXT_FILE_SMALL, TRUE, &length, &why);

  if (text == NULL
      || (length > 0
          && !g_key_file_load_from_data (file, text, length, G_KEY_FILE_NONE,
                                         &why))) {
    g_autofree char *shown = vg_text_clean (path, 0);
    gboolean content = why->domain != G_FILE_ERROR;

    g_set_error (error, VG_REQUEST_ERROR,
                 content ? VG_REQUEST_ERROR_SYNTAX : VG_REQUEST_ERROR_READ,
                 "%s%s%s", text != NULL ? shown : "the policy file ",
                 text != NULL ? " can't be read: " : "", why->message);
    return FALSE;
  }
  sections = g_key_file_get_groups (file, NULL);
  for (char **section = sections; *section != NULL; section++) {
    g_autofree char *shown = vg_text_clean (*section, SHOWN);
    VgRequest *found = read_section (file, *section, wanted, &why);

    if (why != NULL) {
      g_propagate_prefixed_error (error, g_steal_pointer (&why),
                                  "%s: [%s]: ", path, shown);
      g_clear_pointer (request, vg_request_free);
      g_clear_pointer (from, g_free);
      return FALSE;
    }
    if (*request != NULL) {
      vg_request_free (found);
    } else if (found != NULL) {
      *request = found;
      *from = g_strdup_printf ("%s [%s]", path, shown);
    }
  }
  return TRUE;
}

gboolean
vg_policy_find_in_files (const VgDomain *domain, VgEvent event,
                         const char *type, const GPtrArray *except,
                         const char *folder, VgRequest **request, char **from,
                         GError **error)
{
  const Wanted wanted = { domain, event, type, except };
  g_autoptr (GPtrArray) names = list_files (folder, error);

  if (names == NULL)
    return FALSE;
  for (guint i = 0; i < names->len && *request == NULL; i++) {
    g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);

    if (!read_file (path, &wanted, request, from, error))
      return FALSE;
  }
  return TRUE;
}

GPtrArray *
vg_policy_list_files (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) names = list_files (folder, error);
  GPtrArray *paths;

  if (names == NULL)
    return NULL;
  paths = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < names->len; i++)
    g_ptr_array_add (paths, g_build_filename (folder, names->pdata[i], NULL));
  return paths;
}

gboolean
vg_policy_check_file (const char *path, GError **error)
{
  const VgDomain nobody = { 0 };
  const Wanted wanted = { &nobody, VG_EVENT_STOPPED, NULL, NULL };
  g_autoptr (VgRequest) request = NULL;
  g_autofree char *from = NULL;

  return read_file (path, &wanted, &request, &from, error);
}
