/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file is read as text once; only the values of the wanted section are
 * kept. */
#include "glance/service-config.h"

#include <string.h>

#include "util/secret.h"
#include "util/text-file.h"
#include "util/text.h"

struct _VgServiceConfig {
  char *path;
  char *section;
  GHashTable *values; /* of the section, by key */
};

/* The state of the parser. */
typedef struct {
  VgServiceConfig *into;
  guint line;
  gboolean found;  /* the section */
  gboolean inside; /* it */
  gboolean open;   /* an assignment that the next line may continue … */
  char *key;       /* … of this key, if inside */
} Reading;

static gboolean
throw_line (GError **error, const Reading *r, const char *what)
{
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG, "%s:%u: %s",
               r->into->path, r->line, what);
  return FALSE;
}

/* What a message may show of a name in the file. */
static char *
show (const char *name)
{
  return vg_text_clean (name, 80);
}

static gboolean
begin_section (Reading *r, char *line, GError **error)
{
  gsize n = strlen (line);

  if (n < 3 || line[n - 1] != ']')
    return throw_line (error, r, "expected [section]");
  line[n - 1] = '\0';
  r->inside = strcmp (line + 1, r->into->section) == 0;
  r->found = r->found || r->inside;
  return TRUE;
}

static void
set_value (Reading *r, char *value)
{
  gsize n = strlen (value);

  if (n > 1 && (*value == '"' || *value == '\'') && value[n - 1] == *value) {
    value[n - 1] = '\0';
    value++;
  }
  g_hash_table_replace (r->into->values, g_strdup (r->key), g_strdup (value));
}

static gboolean
begin_assignment (Reading *r, char *line, GError **error)
{
  gsize n = strcspn (line, "=:");

  if (line[n] == '\0')
    return throw_line (error, r,
                       "expected '[section]', 'key = value' or a comment that "
                       "begins with # or ;");
  line[n] = '\0';
  g_strchomp (line);
  if (*line == '\0')
    return throw_line (error, r, "a value without a key");
  r->open = TRUE;
  if (!r->inside)
    return TRUE;
  r->key = g_strdup (line);
  set_value (r, g_strstrip (line + n + 1));
  return TRUE;
}

/* (Another line makes a value of several, which none of ours is: it is kept as
 * it is, and whoever gets it says what is wrong with it.) */
static void
continue_assignment (Reading *r, const char *line)
{
  const char *before;

  if (r->key == NULL)
    return;
  before = g_hash_table_lookup (r->into->values, r->key);
  g_hash_table_replace (r->into->values, g_strdup (r->key),
                        g_strconcat (before, "\n", line, NULL));
}

static gboolean
read_line (Reading *r, char *line, GError **error)
{
  gboolean indented = *line == ' ' || *line == '\t';

  g_strchomp (line);
  if (*line != '\0' && indented) {
    if (!r->open)
      return throw_line (error, r, "an indented line that continues no value");
    continue_assignment (r, g_strchug (line));
    return TRUE;
  }
  r->open = FALSE;
  g_clear_pointer (&r->key, g_free);
  if (*line == '\0' || *line == '#' || *line == ';')
    return TRUE;
  return *line == '[' ? begin_section (r, line, error)
                      : begin_assignment (r, line, error);
}

static gboolean
read_lines (Reading *r, char *text, GError **error)
{
  char *next;

  for (char *line = text; line != NULL; line = next) {
    next = strchr (line, '\n');
    if (next != NULL)
      *next++ = '\0';
    r->line++;
    if (!read_line (r, line, error))
      return FALSE;
  }
  return TRUE;
}

VgServiceConfig *
vg_service_config_read (const char *path, const char *section, GError **error)
{
  g_autoptr (VgServiceConfig) config = g_new0 (VgServiceConfig, 1);
  g_autofree char *shown = show (section);
  g_autoptr (GError) why = NULL;
  Reading reading = { .into = config };
  gboolean well;
  gsize length;
  char *text =
      vg_text_file_read (path, VG_TEXT_FILE_SMALL, FALSE, &length, &why);

  if (text == NULL) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                 "the credentials can't be read: %s; check auth_from",
                 why->message);
    return NULL;
  }
  config->path = g_strdup (path);
  config->section = g_strdup (section);
  config->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) vg_secret_free);
  well = read_lines (&reading, text, error);
  g_free (reading.key);
  explicit_bzero (text, length);
  g_free (text);
  if (well && !reading.found) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                 "%s has no section [%s]; check auth_from", path, shown);
    return NULL;
  }
  return well ? g_steal_pointer (&config) : NULL;
}

void
vg_service_config_free (VgServiceConfig *config)
{
  if (config == NULL)
    return;
  g_clear_pointer (&config->values, g_hash_table_unref);
  g_free (config->path);
  g_free (config->section);
  g_free (config);
}

static gboolean
throw_value (GError **error, const VgServiceConfig *config, const char *key,
             const char *what)
{
  g_autofree char *shown = show (config->section);

  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
               "[%s] of %s: %s %s", shown, config->path, key, what);
  return FALSE;
}

/* Whether what follows a "$" is the name of an option, as oslo.config has it.
 */
static gboolean
is_reference (const char *rest)
{
  return *rest == '{' || *rest == '_' || g_ascii_isalpha (*rest);
}

gboolean
vg_service_config_get (const VgServiceConfig *config, const char *key,
                       char **value, GError **error)
{
  const char *text = g_hash_table_lookup (config->values, key);
  char *to;

  *value = NULL;
  if (text == NULL || *text == '\0')
    return TRUE;
  if (strchr (text, '\n') != NULL)
    return throw_value (error, config, key, "has several lines");
  to = *value = g_strdup (text);
  for (const char *c = text; *c != '\0'; c++) {
    if (*c == '$' && is_reference (c + 1)) {
      g_clear_pointer (value, vg_secret_free);
      return throw_value (error, config, key,
                          "refers to another option with $, which only the "
                          "service can resolve; write $$ for a $ that is "
                          "meant");
    }
    if (*c == '$' && c[1] == '$')
      c++;
    *to++ = *c;
  }
  *to = '\0';
  return TRUE;
}
