/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON files: an array of names and creation times, in the order of
 * discovery. */
#include "agent/known-snapshots.h"

#include "util/directory.h"
#include "util/json.h"
#include "util/state-file.h"

/* A snapshot's libvirt metadata may be deleted and redefined. */
#define MAX_GONE 100

struct _VgKnownSnapshots {
  char *path;
  VgJson *list; /* of objects with name and created */
  gboolean changed;
};

static char *
get_path (const char *state_path, const char *name)
{
  return g_strdup_printf ("%s/seen/%s.json", state_path, name);
}

static gboolean
write_file (const char *path, VgJson *json, GError **error)
{
  g_autofree char *text = vg_json_to_text (json, TRUE);
  g_autofree char *directory = g_path_get_dirname (path);

  if (!vg_directory_ensure (directory, 0700, NULL, error))
    return vg_directory_blame (VG_DIRECTORY_STATE_OPTION, error);
  vg_state_file_sweep (directory);
  if (vg_state_file_write (path, text, error))
    return TRUE;
  g_prefix_error (error, "the list of known snapshots can't be written: ");
  return FALSE;
}

/* NULL, without error, if the file doesn't exist. */
static VgJson *
read_file (const char *path, GError **error)
{
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return NULL;
  return vg_json_parse_file (path, error);
}

gboolean
vg_known_snapshots_get_since (const char *state_path, gint64 *since,
                              GError **error)
{
  g_autofree char *path = get_path (state_path, "since");
  g_autoptr (GError) why = NULL;
  g_autoptr (VgJson) json = read_file (path, &why);

  if (why != NULL) {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  *since = vg_json_get_int (json, "since", 0);
  if (json != NULL)
    return TRUE;
  *since = g_get_real_time () / G_USEC_PER_SEC;
  json = json_object_new_object ();
  vg_json_set_int (json, "since", *since);
  return write_file (path, json, error);
}

VgKnownSnapshots *
vg_known_snapshots_load (const char *state_path, const char *uuid,
                         GError **error)
{
  g_autoptr (VgKnownSnapshots) known = g_new0 (VgKnownSnapshots, 1);
  g_autoptr (GError) why = NULL;
  g_autoptr (VgJson) json = NULL;

  known->path = get_path (state_path, uuid);
  json = read_file (known->path, &why);
  if (why != NULL) {
    g_propagate_error (error, g_steal_pointer (&why));
    return NULL;
  }
  known->list = json_object_get (vg_json_get_array (json, "seen"));
  if (known->list == NULL)
    known->list = json_object_new_array ();
  return g_steal_pointer (&known);
}

void
vg_known_snapshots_free (VgKnownSnapshots *known)
{
  if (known == NULL)
    return;
  g_clear_pointer (&known->list, vg_json_unref);
  g_free (known->path);
  g_free (known);
}

gboolean
vg_known_snapshots_has (const VgKnownSnapshots *known, const char *name,
                        gint64 created)
{
  for (gsize i = 0; i < json_object_array_length (known->list); i++) {
    VgJson *entry = json_object_array_get_idx (known->list, i);

    if (g_strcmp0 (vg_json_get_string (entry, "name"), name) == 0
        && vg_json_get_int (entry, "created", -1) == created)
      return TRUE;
  }
  return FALSE;
}

void
vg_known_snapshots_add (VgKnownSnapshots *known, const char *name,
                        gint64 created)
{
  VgJson *entry = json_object_new_object ();

  vg_json_set_string (entry, "name", name);
  vg_json_set_int (entry, "created", created);
  json_object_array_add (known->list, entry);
  known->changed = TRUE;
}

static void
forget_deleted (VgKnownSnapshots *known, const char *const *names)
{
  guint gone = 0;

  for (gsize i = json_object_array_length (known->list); i-- > 0;) {
    VgJson *entry = json_object_array_get_idx (known->list, i);
    const char *name = vg_json_get_string (entry, "name");

    if (name != NULL && (g_strv_contains (names, name) || gone++ < MAX_GONE))
      continue;
    json_object_array_del_idx (known->list, i, 1);
  }
}

gboolean
vg_known_snapshots_save (VgKnownSnapshots *known, const char *const *names,
                         GError **error)
{
  g_autoptr (VgJson) json = NULL;

  if (!known->changed)
    return TRUE;
  forget_deleted (known, names);
  json = json_object_new_object ();
  vg_json_set_take (json, "seen", json_object_get (known->list));
  if (!write_file (known->path, json, error))
    return FALSE;
  known->changed = FALSE;
  return TRUE;
}
