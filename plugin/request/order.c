/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Orders in memory and as JSON: what a hook needs, too. */
#include "request/order.h"

#include <string.h>

#include "util/text.h"

static const char *const kind_names[] = { "request", "stopped", "snapshot" };

VgOrder *
vg_order_new (VgOrderKind kind, const char *uuid, const char *domain)
{
  VgOrder *order = g_new0 (VgOrder, 1);

  order->kind = kind;
  order->uuid = g_strdup (uuid);
  order->domain = g_strdup (domain);
  order->asked = g_get_real_time () / G_USEC_PER_SEC;
  return order;
}

void
vg_order_free (VgOrder *order)
{
  if (order == NULL)
    return;
  g_free (order->id);
  g_free (order->uuid);
  g_free (order->domain);
  vg_wish_free (order->wish);
  g_free (order->problem);
  g_free (order->element);
  g_free (order);
}

static void
set_list (VgJson *json, const char *key, char **list)
{
  VgJson *array;

  if (list == NULL)
    return;
  array = json_object_new_array ();
  for (; *list != NULL; list++)
    json_object_array_add (array, json_object_new_string (*list));
  vg_json_set_take (json, key, array);
}

/* NULL where there is none; FALSE where it isn't all strings. */
static gboolean
get_list (VgJson *json, const char *key, char ***list)
{
  VgJson *array = vg_json_get (json, key);
  g_autoptr (GPtrArray) strings = NULL;

  *list = NULL;
  if (array == NULL)
    return TRUE;
  if (!json_object_is_type (array, json_type_array))
    return FALSE;
  strings = g_ptr_array_new_with_free_func (g_free);
  for (gsize i = 0; i < json_object_array_length (array); i++) {
    VgJson *entry = json_object_array_get_idx (array, i);

    if (!json_object_is_type (entry, json_type_string))
      return FALSE;
    g_ptr_array_add (strings, g_strdup (json_object_get_string (entry)));
  }
  g_ptr_array_add (strings, NULL);
  *list = (char **) g_ptr_array_steal (strings, NULL);
  return TRUE;
}

static VgJson *
wish_to_json (const VgWish *wish)
{
  VgJson *json = json_object_new_object ();

  vg_json_set_string (json, "name", wish->name);
  vg_json_set_string (json, "from", wish->from);
  vg_json_set_string (json, "store", wish->store);
  vg_json_set_string (json, "format", wish->format);
  vg_json_set_string (json, "quiesce", wish->quiesce);
  vg_json_set_string (json, "encrypted", wish->encrypted);
  vg_json_set_string (json, "compress", wish->compress);
  vg_json_set_bool (json, "all_disks", wish->all_disks);
  set_list (json, "disks", wish->disks);
  set_list (json, "reasons", wish->reasons);
  if (wish->backup_type != NULL) {
    vg_json_set_string (json, "backup_type", wish->backup_type);
    vg_json_set_int (json, "rotation", wish->rotation);
  }
  return json;
}

static VgWish *
wish_from_json (VgJson *json)
{
  g_autoptr (VgWish) wish = g_new0 (VgWish, 1);

  wish->name = g_strdup (vg_json_get_string (json, "name"));
  wish->from = g_strdup (vg_json_get_string (json, "from"));
  wish->store = g_strdup (vg_json_get_string (json, "store"));
  wish->format = g_strdup (vg_json_get_string (json, "format"));
  wish->quiesce = g_strdup (vg_json_get_string (json, "quiesce"));
  wish->encrypted = g_strdup (vg_json_get_string (json, "encrypted"));
  wish->compress = g_strdup (vg_json_get_string (json, "compress"));
  wish->backup_type = g_strdup (vg_json_get_string (json, "backup_type"));
  wish->rotation = (guint) MAX (vg_json_get_int (json, "rotation", 0), 0);
  wish->all_disks = vg_json_get_bool (json, "all_disks", FALSE);
  /* No number is not zero, which would delete all. */
  if (wish->backup_type != NULL && vg_json_get_int (json, "rotation", -1) < 0)
    return NULL;
  return get_list (json, "disks", &wish->disks)
                 && get_list (json, "reasons", &wish->reasons)
             ? g_steal_pointer (&wish)
             : NULL;
}

VgJson *
vg_order_to_json (const VgOrder *order)
{
  VgJson *json = json_object_new_object ();

  vg_json_set_string (json, "kind", kind_names[order->kind]);
  vg_json_set_string (json, "uuid", order->uuid);
  vg_json_set_string (json, "domain", order->domain);
  vg_json_set_int (json, "asked", order->asked);
  if (order->kind == VG_ORDER_SNAPSHOT)
    vg_json_set_int (json, "created", order->created);
  if (order->wish != NULL)
    vg_json_set_take (json, "wish", wish_to_json (order->wish));
  vg_json_set_string (json, "problem", order->problem);
  vg_json_set_string (json, "element", order->element);
  return json;
}

static gboolean
read_order (VgOrder *order, VgJson *json)
{
  const char *kind = vg_json_get_string (json, "kind");
  VgJson *wish = vg_json_get (json, "wish");
  guint i;

  for (i = 0; i < G_N_ELEMENTS (kind_names); i++)
    if (g_strcmp0 (kind, kind_names[i]) == 0)
      break;
  if (i == G_N_ELEMENTS (kind_names) || !vg_text_is_uuid (order->uuid)
      || order->domain == NULL)
    return FALSE;
  order->kind = (VgOrderKind) i;
  if (wish != NULL) {
    order->wish = wish_from_json (wish);
    if (order->wish == NULL)
      return FALSE;
  }
  if (order->wish != NULL && order->kind == VG_ORDER_STOPPED
      && order->wish->reasons == NULL)
    return FALSE;
  if (order->wish != NULL && order->kind == VG_ORDER_SNAPSHOT
      && order->wish->from == NULL)
    return FALSE;
  return (order->wish != NULL) != (order->problem != NULL);
}

VgOrder *
vg_order_from_json (VgJson *json, GError **error)
{
  g_autoptr (VgOrder) order = g_new0 (VgOrder, 1);

  order->uuid = g_strdup (vg_json_get_string (json, "uuid"));
  order->domain = g_strdup (vg_json_get_string (json, "domain"));
  order->asked = vg_json_get_int (json, "asked", 0);
  order->created = vg_json_get_int (json, "created", 0);
  order->problem = g_strdup (vg_json_get_string (json, "problem"));
  order->element = g_strdup (vg_json_get_string (json, "element"));
  if (read_order (order, json))
    return g_steal_pointer (&order);
  g_set_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE,
               "it is no order: kind, uuid, domain, or a wish or problem are "
               "missing or wrong");
  return NULL;
}
