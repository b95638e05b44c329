/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance stores */
#include <stdio.h>

#include "cmd/module.h"
#include "cmd/output.h"
#include "cmd/status.h"
#include "cmd/work.h"
#include "glance/glance.h"
#include "util/interruption.h"
#include "util/json.h"
#include "util/text.h"

static void
print_json (const VgStores *stores)
{
  g_autoptr (VgJson) array = json_object_new_array ();

  for (guint i = 0; i < stores->list->len; i++) {
    const VgStore *store = stores->list->pdata[i];
    VgJson *json = json_object_new_object ();

    vg_json_set_string (json, "id", store->id);
    vg_json_set_string (json, "description", store->description);
    vg_json_set_bool (json, "default", store->is_default);
    vg_json_set_bool (json, "read-only", store->read_only);
    vg_json_set_string (json, "type", store->type);
    json_object_array_add (array, json);
  }
  vg_output_print (array, stdout);
}

static void
print_table (const VgStores *stores)
{
  if (!stores->multi) {
    printf ("This Glance has a single store without a name; --store and "
            "[glance] store can't be used.\n");
    return;
  }
  printf (" %-20s %-8s %-9s %-10s %s\n", "Store", "Default", "Type", "Access",
          "Description");
  printf (
      "-----------------------------------------------------------------\n");
  for (guint i = 0; i < stores->list->len; i++) {
    const VgStore *store = stores->list->pdata[i];
    g_autofree char *id = vg_text_clean (store->id, 0);
    g_autofree char *type = vg_text_clean (store->type ? store->type : "-", 0);
    g_autofree char *text =
        vg_text_clean (store->description ? store->description : "", 0);

    printf (" %-20s %-8s %-9s %-10s %s\n", id, store->is_default ? "yes" : "",
            type, store->read_only ? "read-only" : "writable", text);
  }
}

static int
print_stores (GCancellable *cancellable, gpointer data)
{
  const VgCommandLine *line = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgStores) stores = NULL;
  g_autoptr (VgGlance) glance = vg_glance_new (line->config, &error);

  if (glance != NULL)
    stores = vg_glance_get_stores (glance, cancellable, &error);
  vg_interruption_name (&error, "the list of stores");
  if (stores == NULL)
    return vg_exit_with_error (error);
  if (line->json)
    print_json (stores);
  else
    print_table (stores);
  return VG_EXIT_SUCCESS;
}

int
vg_cmd_stores (VgCommandLine *line, int argc, char **argv)
{
  int status = vg_command_line_parse (line, NULL, &argc, &argv, 0, 0);

  return status != VG_EXIT_SUCCESS ? status
                                   : vg_command_run_query (print_stores, line);
}
