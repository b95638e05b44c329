/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A loop with a pause and an end. */
#include "lib/await.h"

#include <time.h>

#define LIMIT_S 60
#define PAUSE_NS 5000000

/* Not GLib's, which a test may set forward (test-clock.h). */
static gint64
get_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

Await
await_new (const char *what)
{
  return (Await){ what, get_time () + LIMIT_S * G_USEC_PER_SEC };
}

void
await_pause (const Await *await, const char *had)
{
  const struct timespec pause = { .tv_nsec = PAUSE_NS };

  if (get_time () > await->end)
    g_error ("%s did not come within %d s; there is: %s", await->what, LIMIT_S,
             had != NULL ? had : "nothing");
  nanosleep (&pause, NULL);
}
