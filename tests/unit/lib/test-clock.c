/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Functions that the linker puts in front of GLib's, by --wrap. */
#include "lib/test-clock.h"

#include <time.h>

extern __typeof__ (g_get_monotonic_time) __wrap_g_get_monotonic_time;
extern __typeof__ (g_usleep) __wrap_g_usleep;
extern __typeof__ (g_timeout_add) __wrap_g_timeout_add;
extern __typeof__ (g_timeout_add_seconds) __wrap_g_timeout_add_seconds;

#define LOOK_EVERY_MS 5
#define MAX_PAUSE_NS 2000000

typedef struct {
  GSource base;
  gint64 interval; /* µs */
  gint64 due;
} Timeout;

static gint64 ahead; /* µs */
static GMutex lock;  /* for it */

void
test_clock_advance (gint64 us)
{
  g_mutex_lock (&lock);
  ahead += us;
  g_mutex_unlock (&lock);
}

gint64
__wrap_g_get_monotonic_time (void)
{
  struct timespec now;
  gint64 us;

  clock_gettime (CLOCK_MONOTONIC, &now);
  g_mutex_lock (&lock);
  us = (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000 + ahead;
  g_mutex_unlock (&lock);
  return us;
}

void
__wrap_g_usleep (gulong us)
{
  struct timespec pause = { .tv_nsec = MIN ((glong) us * 1000, MAX_PAUSE_NS) };

  nanosleep (&pause, NULL);
}

static gboolean
check (GSource *source)
{
  return g_get_monotonic_time () >= ((Timeout *) source)->due;
}

static gboolean
prepare (GSource *source, int *timeout)
{
  *timeout = LOOK_EVERY_MS;
  return check (source);
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  Timeout *timeout = (Timeout *) source;

  if (callback (data) == G_SOURCE_REMOVE)
    return G_SOURCE_REMOVE;
  timeout->due = g_get_monotonic_time () + timeout->interval;
  return G_SOURCE_CONTINUE;
}

static guint
add (gint64 interval, GSourceFunc function, gpointer data)
{
  static GSourceFuncs functions = { .prepare = prepare,
                                    .check = check,
                                    .dispatch = dispatch };
  GSource *source = g_source_new (&functions, sizeof (Timeout));
  Timeout *timeout = (Timeout *) source;
  guint id;

  timeout->interval = interval;
  timeout->due = g_get_monotonic_time () + interval;
  g_source_set_callback (source, function, data, NULL);
  id = g_source_attach (source, NULL);
  g_source_unref (source);
  return id;
}

guint
__wrap_g_timeout_add (guint ms, GSourceFunc function, gpointer data)
{
  return add ((gint64) ms * 1000, function, data);
}

guint
__wrap_g_timeout_add_seconds (guint s, GSourceFunc function, gpointer data)
{
  return add ((gint64) s * G_USEC_PER_SEC, function, data);
}
