/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's daemon, run by a thread of a test, and a service manager that
 * listens to it. Failures end the test. */
#pragma once

#include "lib/agent-site.h"

typedef struct {
  const Site *site;
  GThread *thread;
  gint ended; /* atomic */
  int socket; /* of the service manager */
  GThread *listener;
  GMutex lock;     /* for what follows */
  GString *notice; /* all that was told, a line each */
} Daemon;

/* Makes the socket; before any other thread is started. */
void daemon_init (Daemon *daemon, const Site *site);
void daemon_clear (Daemon *daemon);

/* Starts it, and waits until it is ready. */
void daemon_start (Daemon *daemon);

/* Sends the signal to this process, which the daemon handles. */
void daemon_signal (int number);

/* Waits for its end, which a signal has brought on. */
void daemon_join (Daemon *daemon);

/* SIGTERM, and both. */
void daemon_stop (Daemon *daemon);

/* Waits until it has told the service manager that line, since it was started
 * or that was forgotten. */
void daemon_await_notice (Daemon *daemon, const char *line);
