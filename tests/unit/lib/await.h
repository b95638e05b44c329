/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for a state, by the real clock, with a bound. */
#pragma once

#include <glib.h>

typedef struct {
  const char *what; /* for people */
  gint64 end;       /* µs */
} Await;

/* Of now. */
Await await_new (const char *what);

/* Pauses a moment between two looks; ends the test after a minute, and says
 * then what it had (or NULL) instead of what was waited for. */
void await_pause (const Await *await, const char *had);
