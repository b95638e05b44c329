/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers of starts of domains, from libvirt's lifecycle events. libvirt
 * accepts a callback only once per connection and domain, so one callback
 * serves all domains of a host. A new connection counts as a start of each
 * domain, because a start may have been missed. */
#include "host/events.h"
#include "host/private.h"

/* The event callback's data: libvirt frees it at any time. */
typedef struct {
  gatomicrefcount refs;
  GMutex lock;        /* protects the members below */
  GHashTable *counts; /* UUID → number of starts */
  guint others;       /* number of connections, and of possibly missed events */
  gboolean blind;     /* no events arrive */
} Counts;

struct _VgStarts {
  Counts *counts;
  virConnectPtr connection; /* watched, or NULL */
  int callback_id;
};

static void
counts_unref (void *data)
{
  Counts *counts = data;

  if (!g_atomic_ref_count_dec (&counts->refs))
    return;
  g_mutex_clear (&counts->lock);
  g_hash_table_unref (counts->counts);
  g_free (counts);
}

static int
on_lifecycle (virConnectPtr connection G_GNUC_UNUSED, virDomainPtr domain,
              int event, int detail G_GNUC_UNUSED, void *data)
{
  char uuid[VIR_UUID_STRING_BUFLEN];
  Counts *counts = data;
  guint count;

  /* libvirt reports a start that fails in its last step as resumed and stopped.
   */
  if ((event != VIR_DOMAIN_EVENT_STARTED && event != VIR_DOMAIN_EVENT_RESUMED)
      || virDomainGetUUIDString (domain, uuid) < 0)
    return 0;
  g_mutex_lock (&counts->lock);
  count = GPOINTER_TO_UINT (g_hash_table_lookup (counts->counts, uuid));
  g_hash_table_replace (counts->counts, g_strdup (uuid),
                        GUINT_TO_POINTER (count + 1));
  g_mutex_unlock (&counts->lock);
  return 0;
}

VgStarts *
vg_starts_new (void)
{
  VgStarts *starts = g_new0 (VgStarts, 1);

  starts->counts = g_new0 (Counts, 1);
  g_atomic_ref_count_init (&starts->counts->refs);
  g_mutex_init (&starts->counts->lock);
  starts->counts->counts =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return starts;
}

static void
stop_watching (VgStarts *starts)
{
  if (starts->connection == NULL)
    return;
  virConnectDomainEventDeregisterAny (starts->connection, starts->callback_id);
  g_clear_pointer (&starts->connection, virConnectClose);
}

void
vg_starts_free (VgStarts *starts)
{
  if (starts == NULL)
    return;
  stop_watching (starts);
  counts_unref (starts->counts);
  g_free (starts);
}

void
vg_starts_watch (VgStarts *starts, virConnectPtr connection)
{
  Counts *counts = starts->counts;

  stop_watching (starts);
  g_atomic_ref_count_inc (&counts->refs);
  starts->callback_id = virConnectDomainEventRegisterAny (
      connection, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
      VIR_DOMAIN_EVENT_CALLBACK (on_lifecycle), counts, counts_unref);
  g_mutex_lock (&counts->lock);
  counts->others++;
  counts->blind = starts->callback_id < 0;
  g_mutex_unlock (&counts->lock);
  if (starts->callback_id < 0) {
    counts_unref (counts);
    return;
  }
  virConnectRef (connection);
  starts->connection = connection;
}

guint
vg_starts_count (VgStarts *starts, const char *uuid)
{
  /* An unhandled event may be a start. */
  gboolean missed = !vg_events_await ();
  Counts *counts = starts->counts;
  guint count;

  g_mutex_lock (&counts->lock);
  if (missed || counts->blind)
    counts->others++;
  count = GPOINTER_TO_UINT (g_hash_table_lookup (counts->counts, uuid))
          + counts->others;
  g_mutex_unlock (&counts->lock);
  return count;
}
