/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the configuration file, by the tables of config-options.c. Values are
 * read verbatim, without GKeyFile's escapes: a password may contain a
 * backslash. */
#include "util/config.h"

#include <string.h>
#include <sys/stat.h>

#include "util/config-options.h"
#include "util/image-format.h"
#include "util/lines.h"
#include "util/safe-path.h"
#include "util/text-file.h"
#include "util/text.h"

G_DEFINE_QUARK (vg_config_error_quark, vg_config_error)

static char **
parse_list (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  GPtrArray *list = g_ptr_array_new ();

  for (char **p = parts; *p != NULL; p++)
    if (*g_strstrip (*p) != '\0')
      g_ptr_array_add (list, g_strdup (*p));
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_free (list, FALSE);
}

static void
set_string (char **field, const char *text)
{
  g_free (*field);
  *field = *text != '\0' ? g_strdup (text) : NULL;
}

/* Parses text into the option's field of a VgConfig or VgConfigStore. Returns
 * NULL, or a description of the expected value. */
static const char *
set_option (gpointer config, const VgConfigOption *option, const char *text)
{
  gpointer field = G_STRUCT_MEMBER_P (config, option->offset);
  g_auto (GStrv) choices = NULL;
  guint64 number, least;
  VgCompression compression;
  guint level;

  switch (option->type) {
  case VG_CONFIG_PATH:
    if (!g_path_is_absolute (text))
      return "an absolute path";
    set_string (field, text);
    return NULL;
  case VG_CONFIG_CHOICE:
  case VG_CONFIG_SWITCH:
    choices = g_strsplit (option->choices, "|", -1);
    if (!g_strv_contains ((const char *const *) choices, text))
      return option->choices;
    if (option->type == VG_CONFIG_CHOICE)
      set_string (field, text);
    else
      *(gboolean *) field = strcmp (text, choices[1]) == 0;
    return NULL;
  case VG_CONFIG_COMPRESSION:
    if (strcmp (text, "true") != 0 && strcmp (text, "false") != 0
        && !vg_compression_parse (text, &compression, &level))
      return "false, true, zlib, zlib:1 to zlib:9, zstd or zstd:1 to zstd:19";
    set_string (field, text);
    return NULL;
  case VG_CONFIG_STRING:
    set_string (field, text);
    return NULL;
  case VG_CONFIG_UUID:
    if (!vg_text_is_uuid (text))
      return "a UUID";
    set_string (field, text);
    return NULL;
  case VG_CONFIG_BOOLEAN:
    return vg_text_parse_boolean (text, field) ? NULL : "true or false";
  case VG_CONFIG_COUNT:
  case VG_CONFIG_POSITIVE:
    least = option->type == VG_CONFIG_POSITIVE ? 1 : 0;
    if (!g_ascii_string_to_unsigned (text, 10, least, 100000, &number, NULL))
      return least == 0 ? "a whole number up to 100000"
                        : "a whole number from 1 to 100000";
    *(guint *) field = (guint) number;
    return NULL;
  case VG_CONFIG_SIZE:
    return vg_text_parse_size (text, field)
               ? NULL
               : "a size in bytes, or with a suffix k, M, G or T";
  case VG_CONFIG_LIST:
    g_strfreev (*(char ***) field);
    *(char ***) field = parse_list (text);
    return NULL;
  }
  g_assert_not_reached ();
}

static void
free_store (VgConfigStore *store)
{
  g_free (store->name);
  g_free (store->fsid);
  g_free (store->pool);
  g_free (store);
}

VgConfig *
vg_config_new (void)
{
  VgConfig *config = g_new0 (VgConfig, 1);
  gsize n;
  const VgConfigOption *options = vg_config_options (&n);

  config->rbd_stores =
      g_ptr_array_new_with_free_func ((GDestroyNotify) free_store);
  for (gsize i = 0; i < n; i++)
    if (options[i].fallback != NULL)
      set_option (config, &options[i], options[i].fallback);
  return config;
}

static void
free_secret (char *secret)
{
  if (secret != NULL)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

void
vg_config_free (VgConfig *config)
{
  gsize n;
  const VgConfigOption *options = vg_config_options (&n);

  if (config == NULL)
    return;
  for (gsize i = 0; i < n; i++) {
    gpointer field = G_STRUCT_MEMBER_P (config, options[i].offset);

    if (options[i].secret)
      free_secret (*(char **) field);
    else if (options[i].type == VG_CONFIG_STRING
             || options[i].type == VG_CONFIG_PATH
             || options[i].type == VG_CONFIG_CHOICE
             || options[i].type == VG_CONFIG_UUID
             || options[i].type == VG_CONFIG_COMPRESSION)
      g_free (*(char **) field);
    else if (options[i].type == VG_CONFIG_LIST)
      g_strfreev (*(char ***) field);
  }
  g_ptr_array_unref (config->rbd_stores);
  g_free (config->path);
  g_free (config);
}

static gboolean throw_at (GError **error, const char *path, guint line,
                          const char *format, ...) G_GNUC_PRINTF (4, 5);

static gboolean
throw_at (GError **error, const char *path, guint line, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, VG_CONFIG_ERROR, VG_CONFIG_ERROR_VALUE, "%s:%u: %s", path,
               line, what);
  return FALSE;
}

/* Takes off the space around the text, and one pair of quotes, as oslo.config
 * does, which reads nova.conf. Modifies and returns the text. */
static char *
strip (char *text)
{
  gsize n;

  g_strstrip (text);
  n = strlen (text);
  if (n > 1 && (*text == '"' || *text == '\'') && text[n - 1] == *text) {
    text[n - 1] = '\0';
    memmove (text, text + 1, n - 1);
  }
  return text;
}

/* What is being read. */
typedef struct {
  const char *path;
  const char *text; /* the whole file */
  GKeyFile *file;
} Input;

/* into: the VgConfig, or the section's VgConfigStore. */
static gboolean
read_key (gpointer into, const Input *input, const char *section,
          const char *key, GError **error)
{
  const VgConfigOption *option = vg_config_find_option (section, key);
  g_autofree char *value =
      g_key_file_get_value (input->file, section, key, NULL);
  const char *expected;
  g_autofree char *choices = NULL;

  if (option == NULL)
    return throw_at (
        error, input->path, vg_lines_find (input->text, section, key),
        "unknown option '%s' in [%s]; see virt-glance.conf(5)", key, section);
  expected = set_option (into, option, strip (value));
  if (expected != NULL && option->choices != NULL)
    expected = choices = vg_text_list_choices (expected);
  if (expected != NULL)
    return throw_at (
        error, input->path, vg_lines_find (input->text, section, key),
        "%s = %s: expected %s", key, option->secret ? "..." : value, expected);
  return TRUE;
}

static gboolean
read_keys (gpointer into, const Input *input, const char *section,
           GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (input->file, section, NULL, NULL);

  for (char **k = keys; k != NULL && *k != NULL; k++)
    if (!read_key (into, input, section, *k, error))
      return FALSE;
  return TRUE;
}

static gboolean
read_store (VgConfig *config, const Input *input, const char *section,
            GError **error)
{
  VgConfigStore *store = g_new0 (VgConfigStore, 1);
  gsize n;
  const VgConfigOption *options = vg_config_store_options (&n);

  g_ptr_array_add (config->rbd_stores, store);
  store->name = g_strdup (section + strlen (VG_CONFIG_STORE));
  if (*store->name == '\0')
    return throw_at (
        error, input->path, vg_lines_find (input->text, section, NULL),
        "[%s] does not name a Glance store; write [store:NAME]", section);
  if (!read_keys (store, input, section, error))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (G_STRUCT_MEMBER (char *, store, options[i].offset) == NULL)
      return throw_at (
          error, input->path, vg_lines_find (input->text, section, NULL),
          "[%s] must set %s; see virt-glance.conf(5)", section, options[i].key);
  return TRUE;
}

static gboolean
read_sections (VgConfig *config, const Input *input, GError **error)
{
  g_auto (GStrv) sections = g_key_file_get_groups (input->file, NULL);

  for (char **s = sections; *s != NULL; s++) {
    if (g_str_has_prefix (*s, VG_CONFIG_STORE)) {
      if (!read_store (config, input, *s, error))
        return FALSE;
      continue;
    }
    if (!vg_config_is_section (*s))
      return throw_at (error, input->path,
                       vg_lines_find (input->text, *s, NULL),
                       "unknown section [%s]; see virt-glance.conf(5)", *s);
    if (!read_keys (config, input, *s, error))
      return FALSE;
  }
  return TRUE;
}

static void
warn_if_exposed (const VgConfig *config)
{
  gboolean secret = config->password != NULL || config->token != NULL
                    || config->application_credential_secret != NULL;
  struct stat st;

  if (secret && stat (config->path, &st) == 0 && (st.st_mode & S_IROTH) != 0)
    g_warning ("%s holds a secret and can be read by every user; make it "
               "mode 0600",
               config->path);
}

/* Who can change them decides what is read and uploaded. */
static void
warn_if_doubtful (const VgConfig *config)
{
  g_autofree char *file = vg_safe_path_doubt_file (config->path);
  g_autofree char *policies =
      vg_safe_path_doubt_file (config->policy_directory);

  if (file != NULL)
    g_warning ("others can change %s: %s", config->path, file);
  if (policies != NULL)
    g_warning ("others can change policy_directory in [agent], %s: %s",
               config->policy_directory, policies);
}

VgConfig *
vg_config_load (const char *path, GError **error)
{
  const char *name =
      path ? path : VG_SYSCONFDIR "/virt-glance/virt-glance.conf";
  g_autoptr (VgConfig) config = vg_config_new ();
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) why = NULL;
  g_autofree char *text = NULL;
  Input input;
  gsize length;

  text = vg_text_file_read (name, VG_TEXT_FILE_SMALL, FALSE, &length, &why);
  if (text == NULL && why->domain == G_CONVERT_ERROR) {
    g_set_error_literal (error, VG_CONFIG_ERROR, VG_CONFIG_ERROR_VALUE,
                         why->message);
    return NULL;
  }
  if (text == NULL) {
    if (path == NULL && g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT))
      return g_steal_pointer (&config);
    g_set_error (error, VG_CONFIG_ERROR, VG_CONFIG_ERROR_READ,
                 "the configuration can't be read: %s; %s", why->message,
                 g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_ACCES)
                     ? "run this as root, or name another file with --config"
                     : "check --config");
    return NULL;
  }
  config->path = g_strdup (name);
  if (length > 0
      && !g_key_file_load_from_data (file, text, length, G_KEY_FILE_NONE,
                                     &why)) {
    throw_at (
        error, name, vg_lines_find_syntax_error (text),
        "expected '[section]', 'key = value' or a comment that begins with #");
    return NULL;
  }
  input.path = name;
  input.text = text;
  input.file = file;
  if (!read_sections (config, &input, error))
    return NULL;
  warn_if_exposed (config);
  warn_if_doubtful (config);
  return g_steal_pointer (&config);
}
