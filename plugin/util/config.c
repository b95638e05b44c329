/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration file. Tables list the options of VgConfig and of sections
 * [store:NAME], with types and fields. Values are read verbatim, without
 * GKeyFile's escapes: a password may contain a backslash. */
#include "util/config.h"

#include <string.h>
#include <sys/stat.h>

#include "util/image-format.h"
#include "util/lines.h"
#include "util/safe-path.h"
#include "util/text-file.h"
#include "util/text.h"

G_DEFINE_QUARK (vg_config_error_quark, vg_config_error)

typedef enum {
  STRING,
  PATH, /* absolute: working directories vary; UTF-8, for XML and JSON */
  BOOLEAN,
  COUNT,
  POSITIVE, /* a count from 1 */
  SIZE,
  LIST,
  UUID,
  CHOICE,
  COMPRESSION, /* true, false, or what vg_compression_parse() accepts */
  SWITCH       /* a choice of two, the second means TRUE */
} Type;

typedef struct {
  const char *section;
  const char *key;
  Type type;
  gsize offset;         /* in VgConfig or VgConfigStore */
  const char *fallback; /* the default, in the file's syntax */
  const char *choices;  /* CHOICE, SWITCH: allowed values, separated by | */
  gboolean secret;
  const char *former; /* the key's former name, still accepted */
} Option;

#define AT(field) G_STRUCT_OFFSET (VgConfig, field)
#define AUTH(field)                                                            \
  {                                                                            \
    "glance", #field, STRING, AT (field)                                       \
  }
#define SECRET(field)                                                          \
  {                                                                            \
    "glance", #field, STRING, AT (field), NULL, NULL, TRUE                     \
  }

static const Option options[] = {
  { "DEFAULT", "state_path", PATH, AT (state_path),
    VG_LOCALSTATEDIR "/lib/virt-glance" },
  { "DEFAULT", "runtime_path", PATH, AT (runtime_path),
    VG_RUNSTATEDIR "/virt-glance" },
  { "DEFAULT", "metrics_file", PATH, AT (metrics_file) },
  { "DEFAULT", "drain_file", PATH, AT (drain_file),
    VG_SYSCONFDIR "/virt-glance/drain" },
  { "DEFAULT", "confine_helpers", BOOLEAN, AT (confine_helpers), "true" },
  { "DEFAULT", "max_jobs", COUNT, AT (max_jobs), "0" },
  { "DEFAULT", "rollback_timeout", COUNT, AT (rollback_timeout), "60" },

  { "glance", "store", STRING, AT (store) },
  { "glance", "allow_user_store", BOOLEAN, AT (allow_user_store), "true" },
  { "glance", "copy_to_base_stores", BOOLEAN, AT (copy_to_base_stores),
    "false" },
  { "glance", "owner", SWITCH, AT (owner_self), "instance", "instance|self" },
  { "glance", "endpoint_override", STRING, AT (endpoint_override) },
  { "glance", "num_retries", COUNT, AT (num_retries), "3" },
  { "glance", "timeout", COUNT, AT (timeout), "60" },
  { "glance", "upload_rate", SIZE, AT (upload_rate), "0" },
  { "glance", "host_upload_rate", SIZE, AT (host_upload_rate), "0" },
  { "glance", "cafile", STRING, AT (cafile) },
  { "glance", "certfile", STRING, AT (certfile) },
  { "glance", "keyfile", STRING, AT (keyfile) },
  { "glance", "insecure", BOOLEAN, AT (insecure), "false" },
  { "glance", "region_name", STRING, AT (region_name) },
  { "glance", "valid_interfaces", LIST, AT (valid_interfaces),
    "internal,public" },
  AUTH (cloud),
  AUTH (auth_from),
  AUTH (auth_type),
  AUTH (auth_url),
  AUTH (username),
  AUTH (user_id),
  SECRET (password),
  AUTH (user_domain_name),
  AUTH (user_domain_id),
  AUTH (project_name),
  AUTH (project_id),
  AUTH (project_domain_name),
  AUTH (project_domain_id),
  AUTH (application_credential_id),
  AUTH (application_credential_name),
  SECRET (application_credential_secret),
  SECRET (token),

  { "libvirt", "connection_uri", STRING, AT (connection_uri) },
  { "libvirt", "snapshot_image_format", CHOICE, AT (snapshot_image_format),
    NULL, "raw|qcow2" },
  { "libvirt", "snapshot_compression", COMPRESSION, AT (snapshot_compression),
    "false" },
  { "libvirt", "snapshots_directory", PATH, AT (snapshots_directory),
    VG_LOCALSTATEDIR "/lib/virt-glance/snapshots" },
  { "libvirt", "scratch_reserve", SIZE, AT (scratch_reserve), "1G" },
  { "libvirt", "quiesce", CHOICE, AT (quiesce), "auto", "auto|require|never" },
  { "libvirt", "quiesce_timeout", COUNT, AT (quiesce_timeout), "5" },
  { "libvirt", "keep_definition", CHOICE, AT (keep_definition), "backups",
    "backups|always|never" },

  { "agent", "workers", POSITIVE, AT (workers), "2" },
  { "agent", "drain_timeout", COUNT, AT (drain_timeout), "60" },
  { "agent", "retry_hours", COUNT, AT (retry_hours), "24" },
  { "agent", "policy_directory", PATH, AT (policy_directory),
    VG_SYSCONFDIR "/virt-glance/policy.d" },
  { "agent", "libvirt_snapshot_directory", PATH,
    AT (libvirt_snapshot_directory), "/var/lib/libvirt/qemu/snapshot",
    .former = "snapshot_directory" },

  { "ceph", "rbd_ceph_conf", PATH, AT (rbd_ceph_conf) },
  { "ceph", "rbd_user", STRING, AT (rbd_user) },
  { "ceph", "rbd_secret_uuid", UUID, AT (rbd_secret_uuid) },
  { "ceph", "rbd_keyring", PATH, AT (rbd_keyring) },
  { "ceph", "flatten", SWITCH, AT (flatten_after), "before", "before|after" },
};

#define STORE "store:" /* prefix of the names of store sections */
#define STORE_AT(field) G_STRUCT_OFFSET (VgConfigStore, field)

/* All of them are mandatory strings. */
static const Option store_options[] = {
  { "store:NAME", "fsid", UUID, STORE_AT (fsid) },
  { "store:NAME", "rbd_store_pool", STRING, STORE_AT (pool) },
};

static gboolean
is_called (const Option *option, const char *key)
{
  return strcmp (option->key, key) == 0
         || (option->former != NULL && strcmp (option->former, key) == 0);
}

static const Option *
find_option (const char *section, const char *key)
{
  if (g_str_has_prefix (section, STORE)) {
    for (gsize i = 0; i < G_N_ELEMENTS (store_options); i++)
      if (strcmp (store_options[i].key, key) == 0)
        return &store_options[i];
    return NULL;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    if (strcmp (options[i].section, section) == 0
        && is_called (&options[i], key))
      return &options[i];
  return NULL;
}

static gboolean
known_section (const char *section)
{
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    if (strcmp (options[i].section, section) == 0)
      return TRUE;
  return FALSE;
}

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
set_option (gpointer config, const Option *option, const char *text)
{
  gpointer field = G_STRUCT_MEMBER_P (config, option->offset);
  g_auto (GStrv) choices = NULL;
  guint64 number, least;
  VgCompression compression;
  guint level;

  switch (option->type) {
  case PATH:
    if (!g_path_is_absolute (text))
      return "an absolute path";
    set_string (field, text);
    return NULL;
  case CHOICE:
  case SWITCH:
    choices = g_strsplit (option->choices, "|", -1);
    if (!g_strv_contains ((const char *const *) choices, text))
      return option->choices;
    if (option->type == CHOICE)
      set_string (field, text);
    else
      *(gboolean *) field = strcmp (text, choices[1]) == 0;
    return NULL;
  case COMPRESSION:
    if (strcmp (text, "true") != 0 && strcmp (text, "false") != 0
        && !vg_compression_parse (text, &compression, &level))
      return "false, true, zlib, zlib:1 to zlib:9, zstd or zstd:1 to zstd:19";
    set_string (field, text);
    return NULL;
  case STRING:
    set_string (field, text);
    return NULL;
  case UUID:
    if (!vg_text_is_uuid (text))
      return "a UUID";
    set_string (field, text);
    return NULL;
  case BOOLEAN:
    return vg_text_parse_boolean (text, field) ? NULL : "true or false";
  case COUNT:
  case POSITIVE:
    least = option->type == POSITIVE ? 1 : 0;
    if (!g_ascii_string_to_unsigned (text, 10, least, 100000, &number, NULL))
      return least == 0 ? "a whole number up to 100000"
                        : "a whole number from 1 to 100000";
    *(guint *) field = (guint) number;
    return NULL;
  case SIZE:
    return vg_text_parse_size (text, field)
               ? NULL
               : "a size in bytes, or with a suffix k, M, G or T";
  case LIST:
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

  config->rbd_stores =
      g_ptr_array_new_with_free_func ((GDestroyNotify) free_store);
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
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
  if (config == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++) {
    gpointer field = G_STRUCT_MEMBER_P (config, options[i].offset);

    if (options[i].secret)
      free_secret (*(char **) field);
    else if (options[i].type == STRING || options[i].type == PATH
             || options[i].type == CHOICE || options[i].type == UUID
             || options[i].type == COMPRESSION)
      g_free (*(char **) field);
    else if (options[i].type == LIST)
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
  const Option *option = find_option (section, key);
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

  g_ptr_array_add (config->rbd_stores, store);
  store->name = g_strdup (section + strlen (STORE));
  if (*store->name == '\0')
    return throw_at (
        error, input->path, vg_lines_find (input->text, section, NULL),
        "[%s] does not name a Glance store; write [store:NAME]", section);
  if (!read_keys (store, input, section, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (store_options); i++)
    if (G_STRUCT_MEMBER (char *, store, store_options[i].offset) == NULL)
      return throw_at (error, input->path,
                       vg_lines_find (input->text, section, NULL),
                       "[%s] must set %s; see virt-glance.conf(5)", section,
                       store_options[i].key);
  return TRUE;
}

static gboolean
read_sections (VgConfig *config, const Input *input, GError **error)
{
  g_auto (GStrv) sections = g_key_file_get_groups (input->file, NULL);

  for (char **s = sections; *s != NULL; s++) {
    if (g_str_has_prefix (*s, STORE)) {
      if (!read_store (config, input, *s, error))
        return FALSE;
      continue;
    }
    if (!known_section (*s))
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
