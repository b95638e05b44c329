/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One thread, which serves one connection after the other. */
#include "fuzz/replies.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener = -1;
static guint port;
static char **replies; /* what is still to be sent, under the lock */
static GMutex lock;

static char *
take_reply (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  char *reply = replies != NULL ? *replies : NULL;

  if (reply == NULL)
    return g_strdup ("");
  replies++;
  return g_strdup (reply);
}

/* Sends the reply, then reads the request until the client is done, so that the
 * reply isn't lost to a reset. */
static void
serve (int connection)
{
  g_autofree char *reply = take_reply ();
  char request[4096];
  gsize length = strlen (reply), sent = 0;

  while (sent < length) {
    ssize_t n = send (connection, reply + sent, length - sent, MSG_NOSIGNAL);

    if (n <= 0)
      break;
    sent += (gsize) n;
  }
  shutdown (connection, SHUT_WR);
  while (recv (connection, request, sizeof request, 0) > 0)
    ;
  close (connection);
}

static gpointer
run_server (gpointer data G_GNUC_UNUSED)
{
  for (;;) {
    int connection = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);

    if (connection >= 0)
      serve (connection);
  }
  return NULL;
}

static void
start (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;

  listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (listener, >=, 0);
  g_assert_cmpint (
      bind (listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (listener, 16), ==, 0);
  g_assert_cmpint (
      getsockname (listener, (struct sockaddr *) &address, &length), ==, 0);
  port = ntohs (address.sin_port);
  g_thread_unref (g_thread_new ("server", run_server, NULL));
}

VgConfig *
fuzz_serve (void)
{
  VgConfig *config = vg_config_new ();

  if (listener < 0)
    start ();
  config->num_retries = 0;
  config->timeout = 5;
  g_free (config->auth_type);
  config->auth_type = g_strdup ("none");
  config->endpoint_override = g_strdup_printf ("http://127.0.0.1:%u", port);
  return config;
}

void
fuzz_set_replies (char **parts)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  replies = parts;
}
