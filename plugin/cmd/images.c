/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance images [DOMAIN] */
#include <stdio.h>
#include <string.h>

#include "cmd/module.h"
#include "cmd/output.h"
#include "cmd/status.h"
#include "cmd/work.h"
#include "host/guest.h"
#include "host/watch.h"
#include "job/image-sets.h"
#include "request/check.h"
#include "util/interruption.h"
#include "util/json.h"
#include "util/text.h"

#define MAX_NAME 25 /* characters of a domain's name in the table */

typedef struct {
  const VgCommandLine *line;
  const char *domain; /* or NULL: all of this host */
  char *type;         /* or NULL */
  int last;           /* 0: all */
  GPtrArray *domains; /* of VgDomain: those that libvirt has of them */
} Images;

static void
clear_images (Images *images)
{
  g_free (images->type);
  g_clear_pointer (&images->domains, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Images, clear_images)

/* Guests */

/* Adds the domain; one that is gone by now is left out. */
static gboolean
add_domain (Images *images, VgHost *host, const char *name, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (VgGuest) guest = vg_guest_find (host, name, &why);
  VgDomain *domain = guest != NULL ? vg_guest_read (guest, &why) : NULL;

  if (domain != NULL)
    g_ptr_array_add (images->domains, domain);
  else if (images->domain != NULL
           || !g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN)) {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  return TRUE;
}

static gboolean
add_all_domains (Images *images, VgHost *host, GCancellable *cancellable,
                 GError **error)
{
  g_auto (GStrv) uuids = vg_host_list_domains (host, error);

  for (char **uuid = uuids; uuid != NULL && *uuid != NULL; uuid++)
    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !add_domain (images, host, *uuid, error))
      return FALSE;
  return uuids != NULL;
}

/* A UUID needs no domain: the guest may be on another host, or nowhere. */
static gboolean
find_domains (Images *images, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (VgHost) host =
      vg_host_open (vg_command_line_get_uri (images->line), &why);
  gboolean found = host != NULL
                   && (images->domain != NULL
                           ? add_domain (images, host, images->domain, &why)
                           : add_all_domains (images, host, cancellable, &why));

  if (found || (images->domain != NULL && vg_text_is_uuid (images->domain)))
    return TRUE;
  if (g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN))
    g_prefix_error (&why, "for the images of a guest that is not on this host, "
                          "give its UUID: ");
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

static GPtrArray *
list_sets (const Images *images, VgGlance *glance, GCancellable *cancellable,
           GError **error)
{
  g_autofree char *uuid =
      images->domain != NULL ? g_ascii_strdown (images->domain, -1) : NULL;
  guint n = images->domains->len;
  g_autofree VgImageGuest *guests = g_new0 (VgImageGuest, n + 1);

  for (guint i = 0; i < n; i++) {
    const VgDomain *domain = images->domains->pdata[i];

    guests[i].uuid = domain->uuid;
    guests[i].name = domain->name;
    guests[i].project = domain->owner_project;
  }
  if (n == 0 && uuid != NULL)
    guests[n++].uuid = uuid;
  return vg_image_sets_list (glance, guests, n, images->type,
                             (guint) images->last, cancellable, error);
}

/* Output */

static VgJson *
image_to_json (const VgListedImage *image)
{
  VgJson *json = json_object_new_object ();
  VgJson *stores = json_object_new_array ();

  vg_json_set_string (json, "id", image->id);
  vg_json_set_string (json, "name", image->name);
  vg_json_set_string (json, "disk", image->disk);
  vg_json_set_bool (json, "root", image->is_root);
  vg_json_set_string (json, "status", image->status);
  vg_json_set_string (json, "disk_format", image->disk_format);
  vg_json_set_int (json, "size", (gint64) image->size);
  if (image->capacity > 0)
    vg_json_set_int (json, "capacity", (gint64) image->capacity);
  for (char **id = image->stores; id != NULL && *id != NULL; id++)
    json_object_array_add (stores, json_object_new_string (*id));
  vg_json_set_take (json, "stores", stores);
  vg_json_set_bool (json, "restorable", image->obstacle == NULL);
  vg_json_set_string (json, "reason", image->obstacle);
  vg_json_set_string (json, "version", image->version);
  return json;
}

static VgJson *
set_to_json (const VgImageSet *set)
{
  VgJson *json = json_object_new_object ();
  VgJson *images = json_object_new_array ();

  if (set->created > 0)
    vg_json_set_int (json, "created", set->created);
  vg_json_set_string (json, "domain", set->domain);
  vg_json_set_string (json, "uuid", set->uuid);
  vg_json_set_string (json, "host", set->host);
  vg_json_set_string (json, "kind", set->type ? "backup" : "snapshot");
  vg_json_set_string (json, "type", set->type);
  vg_json_set_string (json, "group", set->group);
  vg_json_set_string (json, "owner", set->owner);
  vg_json_set_int (json, "size", (gint64) vg_image_set_get_size (set));
  vg_json_set_bool (json, "restorable", vg_image_set_is_restorable (set));
  vg_json_set_bool (json, "definition",
                    vg_image_set_find_definition (set) != NULL);
  for (guint i = 0; i < set->images->len; i++)
    json_object_array_add (images, image_to_json (set->images->pdata[i]));
  vg_json_set_take (json, "images", images);
  return json;
}

static void
print_json (const GPtrArray *sets)
{
  g_autoptr (VgJson) array = json_object_new_array ();

  for (guint i = 0; i < sets->len; i++)
    json_object_array_add (array, set_to_json (sets->pdata[i]));
  vg_output_print (array, stdout);
}

enum {
  TIME,
  DOMAIN,
  KIND,
  TYPE,
  DISKS,
  STORE,
  SIZE,
  RESTORE,
  DEFINITION,
  IDS,
  COLUMNS
};

static char *
format_line (const char *const cells[COLUMNS])
{
  static const glong widths[COLUMNS] = {
    19, MAX_NAME, 8, 8, 10, 10, 9, 7, 3, 0
  };
  GString *line = g_string_new (" ");

  for (int i = 0; i < COLUMNS; i++) {
    g_string_append (line, cells[i]);
    /* printf counts bytes. */
    for (glong n = g_utf8_strlen (cells[i], -1); i < IDS && n < widths[i] + 2;
         n++)
      g_string_append_c (line, ' ');
  }
  return g_string_free (line, FALSE);
}

static void
append_word (GString *list, const char *word)
{
  g_autofree char *clean = vg_text_clean (word, 40);

  g_string_append_printf (list, "%s%s", list->len > 0 ? "," : "", clean);
}

static gboolean
is_in_list (const GString *list, const char *word)
{
  g_auto (GStrv) words = g_strsplit (list->str, ",", -1);

  return g_strv_contains ((const char *const *) words, word);
}

static const char *
get_disk (const VgListedImage *image)
{
  if (image->disk != NULL)
    return image->disk;
  return image->is_root ? "root" : "unknown";
}

static void
print_set (const VgImageSet *set)
{
  g_autoptr (GDateTime) at =
      set->created > 0 ? g_date_time_new_from_unix_local (set->created) : NULL;
  g_autofree char *time =
      at != NULL ? g_date_time_format (at, "%F %T") : g_strdup ("unknown");
  g_autofree char *domain =
      vg_text_clean (set->domain ? set->domain : set->uuid, MAX_NAME - 1);
  g_autofree char *type = vg_text_clean (set->type ? set->type : "-", 20);
  g_autofree char *size = vg_text_format_size (vg_image_set_get_size (set));
  g_autoptr (GString) disks = g_string_new (NULL);
  g_autoptr (GString) stores = g_string_new (NULL);
  g_autoptr (GString) ids = g_string_new (NULL);
  const char *status = "yes";
  g_autofree char *line = NULL;

  for (guint i = 0; i < set->images->len; i++) {
    const VgListedImage *image = set->images->pdata[i];

    append_word (disks, get_disk (image));
    append_word (ids, image->id);
    for (char **id = image->stores; id != NULL && *id != NULL; id++)
      if (!is_in_list (stores, *id))
        append_word (stores, *id);
    if (image->obstacle != NULL)
      status = "no";
  }
  if (stores->len == 0)
    g_string_append_c (stores, '-');
  line = format_line ((const char *const[COLUMNS]){
      time, domain, set->type ? "backup" : "snapshot", type, disks->str,
      stores->str, size, status,
      vg_image_set_find_definition (set) != NULL ? "yes" : "no", ids->str });
  printf ("%s\n", line);
}

static void
print_table (const GPtrArray *sets)
{
  g_autofree char *head = format_line ((const char *const[COLUMNS]){
      "Time", "Domain", "Kind", "Type", "Disks", "Store", "Size", "Restore",
      "XML", "Images" });

  printf ("%s\n", head);
  printf ("-----------------------------------------------------------------"
          "---------------\n");
  for (guint i = 0; i < sets->len; i++)
    print_set (sets->pdata[i]);
}

static int
print_images (GCancellable *cancellable, gpointer data)
{
  Images *images = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) sets = NULL;
  g_autoptr (VgGlance) glance = vg_glance_new (images->line->config, &error);

  if (glance != NULL && find_domains (images, cancellable, &error))
    sets = list_sets (images, glance, cancellable, &error);
  vg_interruption_name (&error, "the list of images");
  if (sets == NULL)
    return vg_exit_with_error (error);
  if (images->line->json)
    print_json (sets);
  else
    print_table (sets);
  return VG_EXIT_SUCCESS;
}

int
vg_cmd_images (VgCommandLine *line, int argc, char **argv)
{
  g_auto (Images) images = { .line = line };
  g_autoptr (GError) error = NULL;
  const GOptionEntry own[] = {
    { "type", 0, 0, G_OPTION_ARG_STRING, &images.type,
      "only backups of that type", "TYPE" },
    { "last", 0, 0, G_OPTION_ARG_INT, &images.last,
      "only the latest N snapshots and backups", "N" },
    { NULL },
  };
  const GOptionEntry *const tables[] = { own, NULL };
  int status = vg_command_line_parse (line, tables, &argc, &argv, 0, 1);

  if (status != VG_EXIT_SUCCESS)
    return status;
  if (images.type != NULL && !vg_request_check_type (images.type, &error))
    return vg_exit_with_error (error);
  if (images.last < 0)
    return (int) vg_exit_failing (
        VG_FAILURE_USAGE, "--last takes a number of snapshots and backups from "
                          "1 on; without it all are listed");
  images.domain = argc > 1 ? argv[1] : NULL;
  images.domains =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_domain_free);
  return vg_command_run_query (print_images, &images);
}
