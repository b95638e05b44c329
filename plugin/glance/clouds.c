/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A cloud consists of up to three YAML mappings, searched in this order:
 * secure.yaml, clouds.yaml, and the vendor profile named in clouds.yaml. Nodes
 * are looked up in libyaml's documents, which resolve aliases; merge keys
 * ("<<") are followed to a limited depth. */
#include "glance/clouds.h"

#include <string.h>
#include <yaml.h>

#include "util/text-file.h"
#include "util/text.h"

#define MAX_MERGE 8      /* nested merge keys */
#define MAX_ANCHORS 1000 /* libyaml compares each with all */
#define MAX_ITEMS 100    /* of a list */
#define MAX_NAMES 400    /* characters of a list in a message */

typedef struct {
  char *path;
  char *text; /* contains secrets */
  yaml_document_t document;
  yaml_node_t *entry; /* the cloud's mapping in document; or NULL */
} Layer;

enum {
  SECURE,
  CLOUDS,
  PUBLIC,
  N_LAYERS
};

struct _VgCloud {
  Layer *layers[N_LAYERS];
};

static void
free_layer (Layer *layer)
{
  if (layer == NULL)
    return;
  yaml_document_delete (&layer->document);
  explicit_bzero (layer->text, strlen (layer->text));
  g_free (layer->text);
  g_free (layer->path);
  g_free (layer);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Layer, free_layer)

void
vg_cloud_free (VgCloud *cloud)
{
  if (cloud == NULL)
    return;
  for (int i = 0; i < N_LAYERS; i++)
    free_layer (cloud->layers[i]);
  g_free (cloud);
}

const char *
vg_cloud_get_path (const VgCloud *cloud)
{
  return cloud->layers[CLOUDS]->path;
}

static const char *
scalar_of (yaml_node_t *node)
{
  if (node == NULL || node->type != YAML_SCALAR_NODE)
    return NULL;
  return (const char *) node->data.scalar.value;
}

/* One look-up. Each mapping is searched once, however many merge keys lead to
 * it: a few hundred bytes of them can describe millions of ways. */
typedef struct {
  yaml_document_t *document;
  const char *key;
  GHashTable *seen;
} Search;

static yaml_node_t *find_merged (const Search *search, yaml_node_t *merge,
                                 guint depth);

static yaml_node_t *
find_in_map (const Search *search, yaml_node_t *map, guint depth)
{
  yaml_node_t *merge = NULL;

  if (map == NULL || map->type != YAML_MAPPING_NODE
      || !g_hash_table_add (search->seen, map))
    return NULL;
  for (yaml_node_pair_t *pair = map->data.mapping.pairs.start;
       pair < map->data.mapping.pairs.top; pair++) {
    const char *name =
        scalar_of (yaml_document_get_node (search->document, pair->key));

    if (g_strcmp0 (name, search->key) == 0)
      return yaml_document_get_node (search->document, pair->value);
    if (g_strcmp0 (name, "<<") == 0)
      merge = yaml_document_get_node (search->document, pair->value);
  }
  return depth < MAX_MERGE ? find_merged (search, merge, depth + 1) : NULL;
}

/* merge: a mapping, or a list of mappings in order of precedence; a list is
 * searched once, too. */
static yaml_node_t *
find_merged (const Search *search, yaml_node_t *merge, guint depth)
{
  yaml_node_t *found = NULL;

  if (merge == NULL || merge->type != YAML_SEQUENCE_NODE)
    return find_in_map (search, merge, depth);
  if (!g_hash_table_add (search->seen, merge))
    return NULL;
  for (yaml_node_item_t *item = merge->data.sequence.items.start;
       found == NULL && item < merge->data.sequence.items.top; item++)
    found = find_in_map (
        search, yaml_document_get_node (search->document, *item), depth);
  return found;
}

static yaml_node_t *
find_value (yaml_document_t *document, yaml_node_t *map, const char *key)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  Search search = { document, key, seen };

  return find_in_map (&search, map, 0);
}

static yaml_node_t *
find_setting (Layer *layer, const char *key)
{
  yaml_node_t *auth, *node;

  if (layer == NULL)
    return NULL;
  auth = find_value (&layer->document, layer->entry, "auth");
  node = find_value (&layer->document, auth, key);
  return node ? node : find_value (&layer->document, layer->entry, key);
}

static guint
count_anchors (const char *text)
{
  guint n = 0;

  for (text = strchr (text, '&'); text != NULL; text = strchr (text + 1, '&'))
    n++;
  return n;
}

/* Takes ownership of path and text. */
static Layer *
parse_layer (char *path, char *text, GError **error)
{
  g_autoptr (Layer) layer = g_new0 (Layer, 1);
  yaml_parser_t parser;

  layer->path = path;
  layer->text = text;
  if (count_anchors (text) > MAX_ANCHORS) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                 "%s: there are more than %d anchors (&) in it", path,
                 MAX_ANCHORS);
    return NULL;
  }
  yaml_parser_initialize (&parser);
  yaml_parser_set_input_string (&parser, (const guchar *) text, strlen (text));
  if (!yaml_parser_load (&parser, &layer->document)) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                 "%s:%zu: not valid YAML: %s", path,
                 parser.problem_mark.line + 1,
                 parser.problem ? parser.problem : "unreadable");
    yaml_parser_delete (&parser);
    return NULL;
  }
  yaml_parser_delete (&parser);
  return g_steal_pointer (&layer);
}

static GPtrArray *
list_paths (const char *base, const char *variable)
{
  static const char *const suffixes[] = { "yaml", "yml", "json" };
  const char *override = variable ? g_getenv (variable) : NULL;
  g_autofree char *here = g_get_current_dir ();
  g_autofree char *user =
      g_build_filename (g_get_user_config_dir (), "openstack", NULL);
  const char *directories[] = { here, user, "/etc/openstack" };
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);

  if (override != NULL && *override != '\0')
    g_ptr_array_add (paths, g_strdup (override));
  for (gsize i = 0; i < G_N_ELEMENTS (directories); i++)
    for (gsize k = 0; k < G_N_ELEMENTS (suffixes); k++)
      g_ptr_array_add (paths, g_strdup_printf ("%s/%s.%s", directories[i], base,
                                               suffixes[k]));
  return paths;
}

/* Reads a file. NULL without an error: the next one is looked at; the first
 * failure other than a missing file is stored in unread then. */
static char *
read_file (const char *path, GError **unread, GError **error)
{
  g_autoptr (GError) why = NULL;
  gsize length;
  char *text =
      vg_text_file_read (path, VG_TEXT_FILE_SMALL, FALSE, &length, &why);

  if (text != NULL)
    return text;
  if (why->domain == G_CONVERT_ERROR)
    g_set_error_literal (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                         why->message);
  else if (!g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT)
           && !g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOTDIR)
           && unread != NULL && *unread == NULL)
    *unread = g_steal_pointer (&why);
  return NULL;
}

/* Loads the first file that can be read. NULL without an error if there is
 * none; unread (may be NULL) then has the first read error. */
static Layer *
load_layer (const char *base, const char *variable, GError **unread,
            GError **error)
{
  g_autoptr (GPtrArray) paths = list_paths (base, variable);

  for (guint i = 0; i < paths->len; i++) {
    const char *path = g_ptr_array_index (paths, i);
    g_autoptr (GError) why = NULL;
    char *text = read_file (path, unread, &why);

    if (text != NULL)
      return parse_layer (g_strdup (path), text, error);
    if (why != NULL) {
      g_propagate_error (error, g_steal_pointer (&why));
      return NULL;
    }
  }
  return NULL;
}

static void
select_entry (Layer *layer, const char *section, const char *name)
{
  yaml_node_t *root;

  if (layer == NULL)
    return;
  root = yaml_document_get_root_node (&layer->document);
  layer->entry = find_value (
      &layer->document, find_value (&layer->document, root, section), name);
}

/* The names of all clouds: "a, b, c". */
static char *
list_clouds (Layer *layer)
{
  yaml_node_t *root = yaml_document_get_root_node (&layer->document);
  yaml_node_t *map = find_value (&layer->document, root, "clouds");
  GString *text = g_string_new (NULL);

  if (map != NULL && map->type == YAML_MAPPING_NODE) {
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start;
         pair < map->data.mapping.pairs.top && text->len < MAX_NAMES; pair++) {
      yaml_node_t *key = yaml_document_get_node (&layer->document, pair->key);
      g_autofree char *name = vg_text_clean (scalar_of (key), 60);

      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", name);
    }
  }
  if (text->len == 0)
    g_string_append (text, "none");
  return g_string_free (text, FALSE);
}

static gboolean
load_profile (VgCloud *cloud, GError **error)
{
  const char *profile =
      scalar_of (find_setting (cloud->layers[CLOUDS], "profile"));
  g_autofree char *shown = NULL;
  g_autoptr (GError) why = NULL;

  if (profile == NULL)
    return TRUE;
  cloud->layers[PUBLIC] = load_layer ("clouds-public", NULL, NULL, &why);
  select_entry (cloud->layers[PUBLIC], "public-clouds", profile);
  if (cloud->layers[PUBLIC] != NULL && cloud->layers[PUBLIC]->entry != NULL)
    return TRUE;
  if (why != NULL) {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  shown = vg_text_clean (profile, 80);
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
               "%s: the vendor profile \"%s\" is in no clouds-public.yaml; put "
               "it there, or write its auth_url into the cloud itself",
               vg_cloud_get_path (cloud), shown);
  return FALSE;
}

VgCloud *
vg_cloud_open (const char *name, GError **error)
{
  g_autoptr (VgCloud) cloud = g_new0 (VgCloud, 1);
  g_autofree char *shown = vg_text_clean (name, 80);
  g_autoptr (GError) why = NULL, unread = NULL;

  cloud->layers[CLOUDS] =
      load_layer ("clouds", "OS_CLIENT_CONFIG_FILE", &unread, &why);
  if (why == NULL)
    cloud->layers[SECURE] =
        load_layer ("secure", "OS_CLIENT_SECURE_FILE", NULL, &why);
  if (why != NULL) {
    g_propagate_error (error, g_steal_pointer (&why));
    return NULL;
  }
  if (cloud->layers[CLOUDS] == NULL) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                 "no clouds.yaml was found for the cloud '%s'; looked at "
                 "OS_CLIENT_CONFIG_FILE, the working directory, %s/openstack "
                 "and /etc/openstack%s%s",
                 shown, g_get_user_config_dir (), unread ? "; " : "",
                 unread ? unread->message : "");
    return NULL;
  }
  select_entry (cloud->layers[CLOUDS], "clouds", name);
  select_entry (cloud->layers[SECURE], "clouds", name);
  if (cloud->layers[CLOUDS]->entry == NULL) {
    g_autofree char *known = list_clouds (cloud->layers[CLOUDS]);

    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                 "%s has no cloud '%s'; it has: %s", vg_cloud_get_path (cloud),
                 shown, known);
    return NULL;
  }
  if (!load_profile (cloud, error))
    return NULL;
  return g_steal_pointer (&cloud);
}

const char *
vg_cloud_get (VgCloud *cloud, const char *key)
{
  for (int i = 0; i < N_LAYERS; i++) {
    const char *value = scalar_of (find_setting (cloud->layers[i], key));

    if (value != NULL && *value != '\0')
      return value;
  }
  return NULL;
}

static char **
copy_sequence (yaml_document_t *document, yaml_node_t *sequence)
{
  GPtrArray *list = g_ptr_array_new ();

  for (yaml_node_item_t *item = sequence->data.sequence.items.start;
       item < sequence->data.sequence.items.top && list->len < MAX_ITEMS;
       item++) {
    yaml_node_t *node = yaml_document_get_node (document, *item);
    const char *value = scalar_of (node);

    if (value == NULL)
      value = scalar_of (find_value (document, node, "name"));
    if (value != NULL && *value != '\0')
      g_ptr_array_add (list, g_strdup (value));
  }
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_free (list, FALSE);
}

char **
vg_cloud_get_list (VgCloud *cloud, const char *key)
{
  const char *value = vg_cloud_get (cloud, key);

  if (value != NULL)
    return g_strsplit (value, ",", -1);
  for (int i = 0; i < N_LAYERS; i++) {
    yaml_node_t *node = find_setting (cloud->layers[i], key);

    if (node != NULL && node->type == YAML_SEQUENCE_NODE)
      return copy_sequence (&cloud->layers[i]->document, node);
  }
  return NULL;
}
