/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of images. Glance returns pages; each has the URL of the next one,
 * which is untrusted and checked. */
#include "glance/session.h"

#define ACTION "list images"
#define PAGE 500
#define MAX_PAGES 200
#define MAX_VISITED_PAGES 4000
#define MAX_BYTES ((gsize) 32 << 20) /* of all pages */
#define PATH "/v2/images?"

static char *
make_path (const char *const *filters)
{
  GString *path =
      g_string_new (PATH "limit=" G_STRINGIFY (PAGE) "&sort=created_at:desc");

  for (; *filters != NULL; filters += 2) {
    g_autofree char *value = g_uri_escape_string (filters[1], NULL, FALSE);

    g_string_append_printf (path, "&%s=%s", filters[0], value);
  }
  return g_string_free (path, FALSE);
}

/* Hands each record of the page over. */
static gboolean
visit_page (VgJson *page, VgImageVisit visit, gpointer data, GError **error)
{
  VgJson *images = vg_json_get_array (page, "images");

  if (images == NULL) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_PROTOCOL,
                 "can't " ACTION
                 ": the response has no list; check the endpoint's URL");
    return FALSE;
  }
  for (gsize i = 0; i < json_object_array_length (images); i++) {
    VgImageRecord *record = vg_image_record_parse (
        json_object_array_get_idx (images, i), ACTION, error);

    if (record == NULL)
      return FALSE;
    visit (record, data);
  }
  return TRUE;
}

static gboolean
throw_list (const char *why, GError **error)
{
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_PROTOCOL,
               "can't " ACTION ": the list %s", why);
  return FALSE;
}

/* max_bytes: of all pages; 0: any number. */
static gboolean
visit_pages (VgGlance *glance, const char *const *filters, guint max_pages,
             gsize max_bytes, VgImageVisit visit, gpointer data,
             GCancellable *cancellable, GError **error)
{
  g_autofree char *path = make_path (filters);
  gsize bytes = 0;

  for (guint n = 0; path != NULL; n++) {
    gsize length = 0;
    g_autoptr (VgJson) page = vg_session_get_sized (
        glance, path, ACTION, &length, cancellable, error);
    const char *next = vg_json_get_string (page, "next");

    if (page == NULL || !visit_page (page, visit, data, error))
      return FALSE;
    bytes += length;
    if (max_bytes > 0 && bytes > max_bytes)
      return throw_list ("is too long", error);
    if (next != NULL && (n == max_pages || !g_str_has_prefix (next, PATH)))
      return throw_list ("has no end", error);
    g_free (path);
    path = g_strdup (next);
  }
  return TRUE;
}

gboolean
vg_glance_visit_images (VgGlance *glance, const char *const *filters,
                        VgImageVisit visit, gpointer data,
                        GCancellable *cancellable, GError **error)
{
  return visit_pages (glance, filters, MAX_VISITED_PAGES, 0, visit, data,
                      cancellable, error);
}

static void
add_to_list (VgImageRecord *record, gpointer data)
{
  g_ptr_array_add (data, record);
}

GPtrArray *
vg_glance_list_images (VgGlance *glance, const char *const *filters,
                       GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) list =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_image_record_free);

  return visit_pages (glance, filters, MAX_PAGES, MAX_BYTES, add_to_list, list,
                      cancellable, error)
             ? g_steal_pointer (&list)
             : NULL;
}
