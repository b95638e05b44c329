/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Moves requests from the metadata to the spool in three steps (see spool.h),
 * so that a crash between any two of them neither loses nor duplicates a
 * request. */
#include "agent/metadata-requests.h"

#include "agent/log.h"
#include "agent/status.h"
#include "request/error.h"
#include "request/metadata.h"
#include "request/policy.h"
#include "request/rules.h"
#include "host/metadata.h"
#include "host/watch.h"
#include "request/spool.h"

/* Confirms the domain's pending orders, except one for element, the request in
 * its metadata now (or NULL). That order is returned in *known. */
static gboolean
confirm_pending (const VgConfig *config, const char *uuid, const char *element,
                 VgOrder **known, gboolean *taken, GError **error)
{
  g_autoptr (GPtrArray) pending =
      vg_spool_list (config->state_path, TRUE, error);

  for (guint i = 0; pending != NULL && i < pending->len; i++) {
    VgOrder *order = pending->pdata[i];

    if (g_ascii_strcasecmp (order->uuid, uuid) != 0)
      continue;
    if (*known == NULL && element != NULL
        && g_strcmp0 (order->element, element) == 0) {
      *known = order;
      pending->pdata[i] = NULL;
      continue;
    }
    if (!vg_spool_confirm (config->state_path, order, error))
      return FALSE;
    *taken = TRUE;
  }
  return pending != NULL;
}

static VgOrder *
make_order (const VgConfig *config, VgGuest *guest, const char *element,
            GError **error)
{
  g_autoptr (VgOrder) order = vg_order_new (
      VG_ORDER_REQUEST, vg_guest_get_uuid (guest), vg_guest_get_name (guest));
  g_autoptr (GError) why = NULL;

  order->element = g_strdup (element);
  order->request = vg_request_parse (element, &why);
  if (order->request == NULL)
    order->problem = g_strdup (why->message);
  return vg_spool_add (config->state_path, order, TRUE, error)
             ? g_steal_pointer (&order)
             : NULL;
}

/* Writes the domain's status. Errors are only logged, because nothing depends
 * on it. */
static void
put_status (VgGuest *guest, VgStatusState state, const char *order,
            const char *text)
{
  VgStatus status = {
    .state = state, .order = order, .text = text, .percent = -1
  };
  VgLogFields about = { .domain = vg_guest_get_name (guest), .order = order };
  g_autoptr (GError) error = NULL;

  if (!vg_status_put (guest, &status, &error))
    vg_agent_log (&about, G_LOG_LEVEL_WARNING, "%s", error->message);
}

static gboolean
accept_request (const VgConfig *config, VgGuest *guest, VgOrder *known,
                const char *element, GError **error)
{
  g_autoptr (VgOrder) order = known;
  VgLogFields about = { .domain = vg_guest_get_name (guest) };

  if (order == NULL)
    order = make_order (config, guest, element, error);
  if (order == NULL
      || !vg_guest_drop_metadata (guest, VG_REQUEST_URI, element, error))
    return FALSE;
  put_status (guest, VG_STATUS_WAITING, order->id, NULL);
  if (!vg_spool_confirm (config->state_path, order, error))
    return FALSE;
  about.order = order->id;
  vg_agent_log (&about, G_LOG_LEVEL_MESSAGE,
                "domain %s: accepted the request in its metadata",
                about.domain);
  return TRUE;
}

/* NULL, without error, if the domain doesn't exist. */
static VgGuest *
find_guest (VgHost *host, const char *uuid, GError **error)
{
  g_autoptr (GError) why = NULL;
  VgGuest *guest = vg_guest_find (host, uuid, &why);

  if (guest == NULL
      && !g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN))
    g_propagate_error (error, g_steal_pointer (&why));
  return guest;
}

gboolean
vg_metadata_requests_request (const VgConfig *config, VgHost *host,
                              const char *uuid, gboolean *taken, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (VgGuest) guest = find_guest (host, uuid, &why);
  g_autofree char *element = NULL;
  VgOrder *known = NULL;

  if (why == NULL && guest != NULL
      && !vg_guest_get_metadata (guest, VG_REQUEST_URI, &element, &why))
    g_debug ("%s", why->message);
  if (why != NULL) {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  if (!confirm_pending (config, uuid, element, &known, taken, error)) {
    vg_order_free (known);
    return FALSE;
  }
  if (element == NULL)
    return TRUE;
  if (!accept_request (config, guest, known, element, error))
    return FALSE;
  *taken = TRUE;
  return TRUE;
}

/* Includes domains with a pending order, which may no longer exist. */
static GPtrArray *
list_uuids (const VgConfig *config, VgHost *host, GError **error)
{
  g_auto (GStrv) listed = vg_host_list_domains (host, error);
  g_autoptr (GPtrArray) pending = NULL;
  GPtrArray *uuids;

  if (listed != NULL)
    pending = vg_spool_list (config->state_path, TRUE, error);
  if (pending == NULL)
    return NULL;
  uuids = g_ptr_array_new_with_free_func (g_free);
  for (char **uuid = listed; *uuid != NULL; uuid++)
    g_ptr_array_add (uuids, g_strdup (*uuid));
  for (guint i = 0; i < pending->len; i++)
    g_ptr_array_add (uuids, g_strdup (((VgOrder *) pending->pdata[i])->uuid));
  return uuids;
}

gboolean
vg_metadata_requests_all (const VgConfig *config, VgHost *host, gboolean *taken,
                          GError **error)
{
  g_autoptr (GPtrArray) uuids = list_uuids (config, host, error);
  gboolean ok = TRUE;

  if (uuids == NULL)
    return FALSE;
  for (guint i = 0; i < uuids->len; i++) {
    g_autoptr (GError) why = NULL;

    if (vg_metadata_requests_request (config, host, uuids->pdata[i], taken,
                                      &why))
      continue;
    if (ok)
      g_propagate_error (error, g_steal_pointer (&why));
    ok = FALSE;
  }
  return ok;
}

/* libvirt's hook gets the XML of the domain that ran. */
static gboolean
check_visible (const VgDomain *domain, VgEvent event, const char *from,
               GError **error)
{
  if (event != VG_EVENT_STOPPED || !domain->policy_is_defined
      || g_strcmp0 (from, VG_POLICY_FROM_METADATA) != 0)
    return TRUE;
  g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
               "the policy for the event stopped has no effect before the "
               "guest's next start, because only the domain's definition has "
               "it; set it with --live --config");
  return FALSE;
}

/* Whether the policy's settings for that event are valid. */
static gboolean
check_policy (const VgConfig *config, const VgDomain *domain, VgEvent event,
              GError **error)
{
  g_autoptr (VgRequest) request = NULL;
  g_autofree char *from = NULL;

  if (!vg_policy_find_with_place (domain, event, config->policy_directory,
                                  &request, &from, error))
    return FALSE;
  if (request == NULL)
    return TRUE;
  return vg_request_check (request, vg_event_get_place (event), config, error)
         && check_visible (domain, event, from, error);
}

static gboolean
check_policies (const VgConfig *config, const VgDomain *domain, GError **error)
{
  for (VgEvent event = VG_EVENT_STOPPED; event <= VG_EVENT_SNAPSHOT; event++)
    if (!check_policy (config, domain, event, error))
      return FALSE;
  if (*domain->strays == NULL)
    return TRUE;
  g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX, "%s",
               *domain->strays);
  return FALSE;
}

/* status: whether to write it to the domain's status, too. */
static gboolean
review_policy (const VgConfig *config, VgHost *host, const char *uuid,
               gboolean status, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (VgGuest) guest = find_guest (host, uuid, &why);
  g_autoptr (VgDomain) domain = NULL;
  VgLogFields about = { 0 };

  if (guest != NULL)
    domain = vg_guest_read (guest, &why);
  if (domain == NULL) {
    if (why == NULL)
      return TRUE;
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  if (check_policies (config, domain, &why))
    return TRUE;
  about.domain = domain->name;
  vg_agent_log (&about, G_LOG_LEVEL_WARNING, "domain %s: %s", domain->name,
                why->message);
  if (status)
    put_status (guest, VG_STATUS_FAILED, NULL, why->message);
  return TRUE;
}

gboolean
vg_metadata_requests_policy (const VgConfig *config, VgHost *host,
                             const char *uuid, GError **error)
{
  return review_policy (config, host, uuid, TRUE, error);
}

void
vg_metadata_requests_review (const VgConfig *config, VgHost *host)
{
  g_auto (GStrv) uuids = vg_host_list_domains (host, NULL);

  for (char **uuid = uuids; uuid != NULL && *uuid != NULL; uuid++) {
    g_autoptr (GError) why = NULL;

    if (!review_policy (config, host, *uuid, FALSE, &why))
      g_debug ("domain %s: %s", *uuid, why->message);
  }
}
