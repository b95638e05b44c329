/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events of all domains. libvirt may hold the callbacks' data longer than the
 * watch exists, so they are reference-counted, with a flag that disables them.
 */
#include "host/watch.h"

#include <libvirt/virterror.h>

#include "host/private.h"

typedef struct {
  gatomicrefcount refs;
  gint ended; /* atomic */
  const VgWatchEvents *events;
  gpointer data;
} Sink;

struct _VgWatch {
  VgHost *host;
  Sink *sink;
  virConnectPtr connection; /* watched, or NULL */
  int callback_id;
};

static Sink *
sink_ref (Sink *sink)
{
  g_atomic_ref_count_inc (&sink->refs);
  return sink;
}

static void
sink_unref (void *data)
{
  Sink *sink = data;

  if (g_atomic_ref_count_dec (&sink->refs))
    g_free (sink);
}

static void
on_metadata (virConnectPtr connection G_GNUC_UNUSED, virDomainPtr domain,
             int type, const char *uri, void *data)
{
  char uuid[VIR_UUID_STRING_BUFLEN];
  Sink *sink = data;

  if (type == VIR_DOMAIN_METADATA_ELEMENT && uri != NULL
      && !g_atomic_int_get (&sink->ended)
      && virDomainGetUUIDString (domain, uuid) == 0)
    sink->events->metadata (uuid, uri, sink->data);
}

static void
on_close (virConnectPtr connection G_GNUC_UNUSED, int reason G_GNUC_UNUSED,
          void *data)
{
  Sink *sink = data;

  if (!g_atomic_int_get (&sink->ended))
    sink->events->lost (sink->data);
}

VgWatch *
vg_watch_new (VgHost *host, const VgWatchEvents *events, gpointer data)
{
  VgWatch *watch = g_new0 (VgWatch, 1);

  watch->host = host;
  watch->sink = g_new0 (Sink, 1);
  g_atomic_ref_count_init (&watch->sink->refs);
  watch->sink->events = events;
  watch->sink->data = data;
  return watch;
}

static void
stop_watching (VgWatch *watch)
{
  if (watch->connection == NULL)
    return;
  virConnectDomainEventDeregisterAny (watch->connection, watch->callback_id);
  virConnectUnregisterCloseCallback (watch->connection, on_close);
  g_clear_pointer (&watch->connection, virConnectClose);
}

void
vg_watch_free (VgWatch *watch)
{
  if (watch == NULL)
    return;
  g_atomic_int_set (&watch->sink->ended, 1);
  stop_watching (watch);
  sink_unref (watch->sink);
  g_free (watch);
}

gboolean
vg_watch_ensure (VgWatch *watch, gboolean *renewed, GError **error)
{
  g_autoptr (virConnect) connection =
      vg_host_ref_connection (watch->host, error);

  *renewed = FALSE;
  if (connection == NULL)
    return FALSE;
  if (connection == watch->connection)
    return TRUE;
  stop_watching (watch);
  watch->callback_id = virConnectDomainEventRegisterAny (
      connection, NULL, VIR_DOMAIN_EVENT_ID_METADATA_CHANGE,
      VIR_DOMAIN_EVENT_CALLBACK (on_metadata), sink_ref (watch->sink),
      sink_unref);
  if (watch->callback_id < 0) {
    sink_unref (watch->sink);
    return vg_host_throw (error, "libvirt's events can't be watched");
  }
  /* Without the callback the next call detects a lost connection. Drivers
   * without support accept it and never free its data, so the data are the
   * watch's own, borrowed. */
  if (virConnectRegisterCloseCallback (connection, on_close, watch->sink, NULL)
      < 0)
    g_debug ("libvirt: %s", virGetLastErrorMessage ());
  watch->connection = g_steal_pointer (&connection);
  *renewed = TRUE;
  return TRUE;
}

char **
vg_host_list_domains (VgHost *host, GError **error)
{
  g_autoptr (virConnect) connection = vg_host_ref_connection (host, error);
  virDomainPtr *domains = NULL;
  char **uuids;
  int n;

  if (connection == NULL)
    return NULL;
  n = virConnectListAllDomains (connection, &domains, 0);
  if (n < 0) {
    vg_host_throw (error, "the domains can't be listed");
    return NULL;
  }
  uuids = g_new0 (char *, n + 1);
  for (int i = 0; i < n; i++) {
    uuids[i] = g_new0 (char, VIR_UUID_STRING_BUFLEN);
    virDomainGetUUIDString (domains[i], uuids[i]);
    virDomainFree (domains[i]);
  }
  free (domains);
  return uuids;
}
