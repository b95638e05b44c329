/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits for the main loop to handle the events that have arrived. */
#include "host/events.h"

/* Limit for the main loop to be busy with other work. */
#define EVENTS_TIMEOUT_US (5 * G_USEC_PER_SEC)

/* State shared between a thread that waits for events and the main loop. */
typedef struct {
  GMutex lock; /* protects the members below */
  GCond changed;
  gboolean done;
} Turn;

static void
turn_clear (gpointer data)
{
  Turn *turn = data;

  g_mutex_clear (&turn->lock);
  g_cond_clear (&turn->changed);
}

static void
turn_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, turn_clear);
}

static gboolean
on_turn (gpointer data)
{
  Turn *turn = data;

  g_mutex_lock (&turn->lock);
  turn->done = TRUE;
  g_cond_signal (&turn->changed);
  g_mutex_unlock (&turn->lock);
  return G_SOURCE_REMOVE;
}

/* An idle source runs only after all pending events. */
static gboolean
await_turn (void)
{
  gint64 deadline = g_get_monotonic_time () + EVENTS_TIMEOUT_US;
  Turn *turn = g_atomic_rc_box_new0 (Turn);
  gboolean done;

  g_mutex_init (&turn->lock);
  g_cond_init (&turn->changed);
  g_idle_add_full (G_PRIORITY_LOW, on_turn, g_atomic_rc_box_acquire (turn),
                   turn_unref);
  g_mutex_lock (&turn->lock);
  while (!turn->done
         && g_cond_wait_until (&turn->changed, &turn->lock, deadline))
    ;
  done = turn->done;
  g_mutex_unlock (&turn->lock);
  turn_unref (turn);
  return done;
}

gboolean
vg_events_await (void)
{
  GMainContext *context = g_main_context_default ();

  if (!g_main_context_acquire (context))
    return await_turn ();
  /* No other thread runs the loop, so this one does. */
  while (g_main_context_iteration (context, FALSE))
    ;
  g_main_context_release (context);
  return TRUE;
}
