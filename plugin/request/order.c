/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Orders in memory and as JSON, without I/O: libvirt hooks use this too. */
#include "request/order.h"

#include "request/error.h"
#include "request/request-json.h"
#include "request/rules.h"
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
  vg_request_free (order->request);
  g_free (order->problem);
  g_free (order->element);
  g_free (order);
}

VgJson *
vg_order_to_json (const VgOrder *order)
{
  VgJson *json = json_object_new_object ();

  vg_json_set_int (json, "version", VG_ORDER_VERSION);
  vg_json_set_string (json, "kind", kind_names[order->kind]);
  vg_json_set_string (json, "uuid", order->uuid);
  vg_json_set_string (json, "domain", order->domain);
  vg_json_set_int (json, "asked", order->asked);
  if (order->tries > 0) {
    vg_json_set_int (json, "tries", order->tries);
    vg_json_set_int (json, "tried", order->tried);
  }
  if (order->kind == VG_ORDER_SNAPSHOT)
    vg_json_set_int (json, "created", order->created);
  if (order->request != NULL)
    vg_json_set_take (json, "wish", vg_request_to_json (order->request));
  vg_json_set_string (json, "problem", order->problem);
  vg_json_set_string (json, "element", order->element);
  return json;
}

/* FALSE if the JSON is not a request. */
static gboolean
read_request (VgOrder *order, VgJson *json)
{
  g_autoptr (GError) error = NULL;

  if (json == NULL)
    return TRUE;
  order->request = vg_request_from_json (json, &error);
  if (order->request == NULL && error->domain == VG_REQUEST_ERROR
      && order->problem == NULL) {
    order->problem = g_strdup (error->message);
    return TRUE;
  }
  return order->request != NULL;
}

/* Checks that the request fits the kind of order. */
static gboolean
check_request (const VgOrder *order)
{
  if (order->request == NULL)
    return TRUE;
  if (order->kind == VG_ORDER_STOPPED)
    return order->request->reasons != NULL;
  return order->kind != VG_ORDER_SNAPSHOT || order->request->from != NULL;
}

static gboolean
read_order (VgOrder *order, VgJson *json)
{
  int i = vg_text_find_word (kind_names, G_N_ELEMENTS (kind_names),
                             vg_json_get_string (json, "kind"));

  if (i < 0 || !vg_text_is_uuid (order->uuid) || order->domain == NULL)
    return FALSE;
  order->kind = (VgOrderKind) i;
  return read_request (order, vg_json_get (json, "wish"))
         && check_request (order)
         && (order->request != NULL) != (order->problem != NULL);
}

VgOrder *
vg_order_from_json (VgJson *json, GError **error)
{
  g_autoptr (VgOrder) order = g_new0 (VgOrder, 1);

  if (!vg_json_check_version (json, VG_ORDER_VERSION, error))
    return NULL;
  order->uuid = g_strdup (vg_json_get_string (json, "uuid"));
  order->domain = g_strdup (vg_json_get_string (json, "domain"));
  order->asked = vg_json_get_int (json, "asked", 0);
  order->created = vg_json_get_int (json, "created", 0);
  order->tries =
      (guint) CLAMP (vg_json_get_int (json, "tries", 0), 0, G_MAXINT);
  order->tried = vg_json_get_int (json, "tried", 0);
  order->problem = g_strdup (vg_json_get_string (json, "problem"));
  order->element = g_strdup (vg_json_get_string (json, "element"));
  if (read_order (order, json))
    return g_steal_pointer (&order);
  g_set_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE,
               "it is no order: kind, uuid, domain, or a wish or problem are "
               "missing or wrong");
  return NULL;
}

VgRequest *
vg_order_to_request (const VgOrder *order, const VgConfig *config,
                     GError **error)
{
  g_autoptr (VgRequest) request = NULL;

  if (order->request == NULL) {
    g_set_error_literal (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                         order->problem);
    return NULL;
  }
  /* Missing options were already detected when the request was read. */
  if (!vg_request_check (order->request, VG_PLACE_SNAPSHOT, config, error))
    return NULL;
  request = vg_request_new (order->uuid);
  request->order = g_strdup (order->id);
  vg_request_merge (request, order->request);
  return g_steal_pointer (&request);
}
