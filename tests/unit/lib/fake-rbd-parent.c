/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parents and children of the fake's images. A parent is known by its id, for
 * it may be moved to the trash; its clones are a list at its snapshot. */
#include <errno.h>
#include <string.h>

#include "lib/fake-rbd.h"

/* Looks for the id among the images of a folder. */
static gboolean
find_in (FakeVersion *parent, const char *kind, const char *id)
{
  g_autofree char *place =
      fake_rbd_place (parent->cluster, parent->pool, parent->space, kind);
  g_autoptr (GDir) dir = g_dir_open (place, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *other = NULL;

    g_free (parent->folder);
    parent->folder = g_build_filename (place, name, NULL);
    if (!fake_rbd_reload (parent))
      continue;
    other = g_key_file_get_string (parent->header, "image", "id", NULL);
    if (g_strcmp0 (id, other) == 0)
      return TRUE;
  }
  return FALSE;
}

gboolean
fake_rbd_parent_open (const FakeVersion *version, FakeVersion *parent,
                      guint64 *overlap)
{
  g_autofree char *id = fake_rbd_get_string (version, "parent-id");

  if (id == NULL)
    return FALSE;
  *overlap = fake_rbd_get (version, "overlap");
  parent->cluster = version->cluster;
  parent->pool = fake_rbd_get_string (version, "parent-pool");
  parent->space = fake_rbd_get_string (version, "parent-space");
  if (!find_in (parent, "images", id) && !find_in (parent, "trash", id))
    fake_rbd_die ("the parent of %s is gone", version->folder);
  fake_rbd_version_set (parent, fake_rbd_get (version, "parent-snap"));
  return TRUE;
}

void
fake_rbd_forget_parent (const FakeVersion *version)
{
  static const char *const keys[] = { "parent-pool", "parent-space",
                                      "parent-id", "parent-snap", "overlap" };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    g_key_file_remove_key (version->header, version->group, keys[i], NULL);
}

/* ---- What a snapshot knows of its clones */

static char **
get_children (const FakeVersion *snapshot)
{
  char **list = g_key_file_get_string_list (snapshot->header, snapshot->group,
                                            "children", NULL, NULL);

  return list != NULL ? list : g_new0 (char *, 1);
}

static void
set_children (const FakeVersion *snapshot, char **list)
{
  g_key_file_set_string_list (snapshot->header, snapshot->group, "children",
                              (const char *const *) list, g_strv_length (list));
}

gboolean
fake_rbd_has_children (const FakeVersion *snapshot, int format)
{
  g_auto (GStrv) list = get_children (snapshot);

  for (char **child = list; *child != NULL; child++)
    if (format == 0 || **child - '0' == format)
      return TRUE;
  return FALSE;
}

static char *
get_id (const FakeVersion *version)
{
  return g_key_file_get_string (version->header, "image", "id", NULL);
}

void
fake_rbd_attach (const FakeVersion *child, FakeVersion *parent, guint64 format)
{
  g_auto (GStrv) list = get_children (parent);
  g_autofree char *id = get_id (child);
  guint n = g_strv_length (list);

  list = g_renew (char *, list, n + 2);
  list[n] = g_strdup_printf ("%u %s %s %s", (guint) format, child->pool,
                             *child->space != '\0' ? child->space : "-", id);
  list[n + 1] = NULL;
  set_children (parent, list);
  fake_rbd_save (parent);
}

/* Whether the image, or a snapshot of it, is still a clone of the parent. */
static gboolean
still_needs (const FakeVersion *child, const FakeVersion *parent)
{
  g_autofree guint64 *numbers = fake_rbd_snapshots (child);
  g_autofree char *wanted = get_id (parent);
  gboolean needs = FALSE, last = FALSE;

  for (guint64 *number = numbers; !last && !needs; number++) {
    FakeVersion version = *child;
    g_autofree char *id = NULL;

    last = *number == 0; /* the image itself */
    fake_rbd_version_set (&version, *number);
    id = fake_rbd_get_string (&version, "parent-id");
    needs = g_strcmp0 (id, wanted) == 0
            && fake_rbd_get (&version, "parent-snap") == parent->number;
  }
  return needs;
}

void
fake_rbd_detach (const FakeVersion *child, FakeVersion *parent)
{
  g_auto (GStrv) list = get_children (parent);
  g_autofree char *id = get_id (child);
  g_autofree char *trash = fake_rbd_get_string (parent, "trash");
  guint n = 0;

  if (still_needs (child, parent))
    return;
  for (char **entry = list; *entry != NULL; entry++) {
    if (g_str_has_suffix (*entry, id))
      g_free (*entry);
    else
      list[n++] = *entry;
  }
  list[n] = NULL;
  set_children (parent, list);
  if (n == 0 && trash != NULL
      && fake_rbd_may (parent->cluster, parent->pool, 'w'))
    fake_rbd_drop_snapshot (parent);
  else
    fake_rbd_save (parent);
}

/* ---- Listing them */

static void
describe (const FakeImage *image, const char *entry,
          rbd_linked_image_spec_t *child)
{
  g_auto (GStrv) words = g_strsplit (entry, " ", -1);

  child->pool_id = 1;
  child->pool_name = strdup (words[1]);
  child->pool_namespace = strdup (g_str_equal (words[2], "-") ? "" : words[2]);
  child->image_id = strdup (words[3]);
  child->image_name = strdup (words[3]);
  child->trash = FALSE;
  if (image->version.number != 0)
    fake_rbd_die ("the fake lists the clones of all snapshots together");
}

/* Of all snapshots. */
int
rbd_list_children3 (rbd_image_t handle, rbd_linked_image_spec_t *children,
                    size_t *max)
{
  FakeImage *image = handle;
  FakeFault fault = fake_rbd_begin ("rbd_list_children3", NULL,
                                    image->version.cluster, image->full_try);
  g_autofree guint64 *numbers = NULL;
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);

  if (fault.stop)
    return fault.result;
  fake_rbd_reload (&image->version);
  numbers = fake_rbd_snapshots (&image->version);
  for (guint64 *number = numbers; *number != 0; number++) {
    FakeVersion snapshot = image->version;
    g_auto (GStrv) list = NULL;

    fake_rbd_version_set (&snapshot, *number);
    list = get_children (&snapshot);
    for (char **entry = list; *entry != NULL; entry++)
      g_ptr_array_add (all, g_strdup (*entry));
  }
  if (all->len > *max) {
    *max = all->len;
    return -ERANGE;
  }
  *max = all->len;
  for (guint i = 0; i < all->len; i++)
    describe (image, all->pdata[i], &children[i]);
  return fake_rbd_end (&fault, (int) all->len);
}

void
rbd_linked_image_spec_list_cleanup (rbd_linked_image_spec_t *children, size_t n)
{
  for (size_t i = 0; i < n; i++)
    rbd_linked_image_spec_cleanup (&children[i]);
}
