/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Orders in files. Writers and the agent share only the directory. Files appear
 * atomically, by a rename. */
#include "request/spool.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "util/directory.h"
#include "util/state-file.h"
#include "util/text.h"

#define SUFFIX ".json"

/* Far longer than any order. */
#define MAX_LENGTH ((gsize) 1 << 20)

char *
vg_spool_get_folder (const char *state_path)
{
  return g_build_filename (state_path, "spool", NULL);
}

static char *
get_folder (const char *state_path, gboolean pending)
{
  return g_build_filename (state_path, "spool", pending ? "pending" : NULL,
                           NULL);
}

static char *
get_path (const char *state_path, gboolean pending, const char *id)
{
  g_autofree char *folder = get_folder (state_path, pending);

  return g_strdup_printf ("%s/%s" SUFFIX, folder, id);
}

gboolean
vg_spool_prepare (const char *state_path, GError **error)
{
  g_autofree char *spool = vg_spool_get_folder (state_path);
  g_autofree char *pending = g_build_filename (spool, "pending", NULL);
  g_autofree char *bad = g_build_filename (spool, "bad", NULL);

  return (vg_directory_ensure (spool, 0700, NULL, error)
          && vg_directory_ensure (pending, 0700, NULL, error)
          && vg_directory_ensure (bad, 0700, NULL, error))
         || vg_directory_blame (VG_DIRECTORY_STATE_OPTION, error);
}

/* Sorts by time; a random part makes the id unique. */
static char *
make_id (void)
{
  return g_strdup_printf ("%016" G_GINT64_FORMAT "-%08x", g_get_real_time (),
                          g_random_int ());
}

gboolean
vg_spool_add (const char *state_path, VgOrder *order, gboolean pending,
              GError **error)
{
  g_autoptr (VgJson) json = vg_order_to_json (order);
  g_autofree char *text = vg_json_to_text (json, TRUE);
  g_autofree char *id = order->id ? g_strdup (order->id) : make_id ();
  g_autofree char *path = get_path (state_path, pending, id);

  if (!vg_spool_prepare (state_path, error))
    return FALSE;
  if (!vg_state_file_write (path, text, error)) {
    g_prefix_error (error, "the order can't be written to the spool: ");
    return FALSE;
  }
  g_free (order->id);
  order->id = g_steal_pointer (&id);
  return TRUE;
}

gboolean
vg_spool_update (const char *state_path, const VgOrder *order, GError **error)
{
  g_autoptr (VgJson) json = vg_order_to_json (order);
  g_autofree char *text = vg_json_to_text (json, TRUE);
  g_autofree char *path = get_path (state_path, FALSE, order->id);

  return vg_state_file_update (path, text, error);
}

static gboolean
throw_errno (GError **error, const char *path, const char *what)
{
  int saved = errno;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved),
               "the order %s can't be %s: %s", path, what, g_strerror (saved));
  return FALSE;
}

static void
flush_folder (const char *state_path, gboolean pending)
{
  g_autofree char *folder = get_folder (state_path, pending);

  vg_state_file_flush (folder);
}

gboolean
vg_spool_confirm (const char *state_path, const VgOrder *order, GError **error)
{
  g_autofree char *from = get_path (state_path, TRUE, order->id);
  g_autofree char *to = get_path (state_path, FALSE, order->id);

  if (g_rename (from, to) < 0)
    return throw_errno (error, from, "moved into the spool");
  flush_folder (state_path, FALSE);
  flush_folder (state_path, TRUE);
  return TRUE;
}

gboolean
vg_spool_remove (const char *state_path, const VgOrder *order, GError **error)
{
  g_autofree char *path = get_path (state_path, FALSE, order->id);

  if (g_unlink (path) < 0 && errno != ENOENT)
    return throw_errno (error, path, "removed from the spool");
  flush_folder (state_path, FALSE);
  return TRUE;
}

static VgOrder *
read_order (const char *path, GError **error)
{
  g_autoptr (VgJson) json = NULL;
  GStatBuf st;

  if (g_lstat (path, &st) == 0
      && (!S_ISREG (st.st_mode) || (guint64) st.st_size > MAX_LENGTH)) {
    g_set_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE,
                 "it is not a regular file of reasonable size");
    return NULL;
  }
  json = vg_json_parse_file (path, error);
  return json != NULL ? vg_order_from_json (json, error) : NULL;
}

/* An order's id comes from its file's name, and goes into the domain's metadata
 * and into journals, where it must still be the same text. */
static gboolean
is_id (const char *name)
{
  g_autofree char *clean = vg_text_clean (name, 0);

  return strcmp (clean, name) == 0;
}

static VgOrder *
throw_name (GError **error)
{
  g_set_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE,
               "its name is not UTF-8, or has a control character");
  return NULL;
}

static void
set_aside (const char *state_path, const char *path, const char *name,
           const char *why)
{
  g_autofree char *spool = vg_spool_get_folder (state_path);
  g_autofree char *place = g_build_filename (spool, "bad", name, NULL);
  g_autofree char *shown = vg_text_clean (path, 0);
  gboolean moved = g_rename (path, place) == 0;

  g_warning ("%s is no order%s: %s", shown,
             moved ? ", and was moved to the directory bad" : "", why);
}

/* An unreadable file may still be an order; a missing one was taken meanwhile.
 */
static void
handle_unread (const char *state_path, const char *path, const char *name,
               const GError *error)
{
  if (g_error_matches (error, VG_JSON_ERROR, VG_JSON_ERROR_NEWER))
    g_warning ("the order %s waits for a newer virt-glance-agent: %s", path,
               error->message);
  else if (error->domain == VG_JSON_ERROR)
    set_aside (state_path, path, name, error->message);
  else if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    g_warning ("an order can't be read: %s", error->message);
}

static void
list_one (const char *state_path, const char *folder, const char *name,
          gboolean tidy, GPtrArray *orders)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  VgOrder *order;

  if (!g_str_has_suffix (name, SUFFIX))
    return;
  order = is_id (name) ? read_order (path, &error) : throw_name (&error);
  if (order == NULL) {
    if (tidy)
      handle_unread (state_path, path, name, error);
    return;
  }
  order->id = g_strndup (name, strlen (name) - strlen (SUFFIX));
  g_ptr_array_add (orders, order);
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  const VgOrder *left = *(VgOrder *const *) a;
  const VgOrder *right = *(VgOrder *const *) b;

  return strcmp (left->id, right->id);
}

/* A spool that isn't there yet is empty; one that can't be read may have
 * orders. */
static GPtrArray *
list_orders (const char *state_path, gboolean pending, gboolean tidy,
             GError **error)
{
  g_autofree char *folder = get_folder (state_path, pending);
  g_autoptr (GError) why = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &why);
  GPtrArray *orders;
  const char *name;

  if (dir == NULL && !g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
    g_propagate_prefixed_error (error, g_steal_pointer (&why),
                                "the spool can't be read: ");
    vg_directory_blame (VG_DIRECTORY_STATE_OPTION, error);
    return NULL;
  }
  orders = g_ptr_array_new_with_free_func ((GDestroyNotify) vg_order_free);
  if (tidy)
    vg_state_file_sweep (folder);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    list_one (state_path, folder, name, tidy, orders);
  g_ptr_array_sort (orders, compare_ids);
  return orders;
}

GPtrArray *
vg_spool_list (const char *state_path, gboolean pending, GError **error)
{
  return list_orders (state_path, pending, TRUE, error);
}

GPtrArray *
vg_spool_look (const char *state_path, GError **error)
{
  return list_orders (state_path, FALSE, FALSE, error);
}

gboolean
vg_spool_has (const char *state_path, const VgOrder *order)
{
  g_autofree char *path = get_path (state_path, FALSE, order->id);

  return g_access (path, F_OK) == 0 || errno != ENOENT;
}
