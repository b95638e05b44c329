/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job may wait for its turn for hours: then the stores are asked for again.
 */
#include "job/ahead.h"

#include "instant/quiesce.h"

/* An older answer doesn't count. */
#define FRESH_US (10 * G_USEC_PER_SEC)

struct _VgAhead {
  VgGlance *glance;
  GCancellable *cancellable; /* the caller's */
  GCancellable *end;         /* the thread's, which ends with it */
  gulong connected;
  GThread *thread;
  gint64 answered; /* monotonic µs */
  VgStores *stores;
  GError *why;
  VgThawWatchdog *watchdog;
};

static gpointer
list_stores (gpointer data)
{
  VgAhead *ahead = data;

  ahead->stores = vg_glance_get_stores (ahead->glance, ahead->end, &ahead->why);
  ahead->answered = g_get_monotonic_time ();
  return NULL;
}

static void
forward_cancel (GCancellable *from G_GNUC_UNUSED, gpointer to)
{
  g_cancellable_cancel (to);
}

VgAhead *
vg_ahead_start (VgGlance *glance, GCancellable *cancellable)
{
  VgAhead *ahead = g_new0 (VgAhead, 1);

  ahead->glance = glance;
  ahead->cancellable = cancellable;
  ahead->end = g_cancellable_new ();
  ahead->connected = g_cancellable_connect (
      cancellable, G_CALLBACK (forward_cancel), ahead->end, NULL);
  /* Without a thread it is asked later. */
  ahead->thread = g_thread_try_new ("ahead", list_stores, ahead, NULL);
  return ahead;
}

static void
join (VgAhead *ahead)
{
  if (ahead->thread != NULL)
    g_thread_join (ahead->thread);
  ahead->thread = NULL;
  g_cancellable_disconnect (ahead->cancellable, ahead->connected);
  ahead->connected = 0;
}

void
vg_ahead_free (VgAhead *ahead)
{
  if (ahead == NULL)
    return;
  g_cancellable_cancel (ahead->end);
  join (ahead);
  if (ahead->watchdog != NULL)
    vg_thaw_watchdog_release (ahead->watchdog, FALSE);
  g_clear_pointer (&ahead->stores, vg_stores_free);
  g_clear_error (&ahead->why);
  g_object_unref (ahead->end);
  g_free (ahead);
}

VgStores *
vg_ahead_take_stores (VgAhead *ahead, GError **error)
{
  g_autoptr (VgStores) stores = NULL;
  g_autoptr (GError) why = NULL;

  join (ahead);
  stores = g_steal_pointer (&ahead->stores);
  why = g_steal_pointer (&ahead->why);
  if ((stores == NULL && why == NULL)
      || g_get_monotonic_time () - ahead->answered > FRESH_US)
    return vg_glance_get_stores (ahead->glance, ahead->cancellable, error);
  if (why != NULL)
    g_propagate_error (error, g_steal_pointer (&why));
  return g_steal_pointer (&stores);
}

void
vg_ahead_expect_freeze (VgAhead *ahead, const VgJob *job,
                        const VgPlanSources *found)
{
  if (!found->active || found->savepoint != NULL
      || !found->domain->agent_connected
      || vg_request_get_quiesce (job->request, job->config) == VG_QUIESCE_NEVER)
    return;
  ahead->watchdog = vg_quiesce_prepare (job->config, job->journal);
}

VgThawWatchdog *
vg_ahead_take_watchdog (VgAhead *ahead, const VgJob *job)
{
  if (!job->sources->active || !vg_plan_sources_will_freeze (job->sources))
    return NULL;
  if (ahead->watchdog == NULL)
    return vg_quiesce_prepare (job->config, job->journal);
  return g_steal_pointer (&ahead->watchdog);
}
