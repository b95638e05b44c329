/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole HTTP replies, from a server on the loopback interface: lines of "%%"
 * divide them, and each connection gets the next one. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "glance/glance.h"

static int listener = -1;
static VgConfig *config;
static char **replies; /* what the server has yet to send, under the lock */
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
start_server (void)
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
  config = vg_config_new ();
  config->num_retries = 0;
  config->timeout = 5;
  g_free (config->auth_type);
  config->auth_type = g_strdup ("none");
  config->endpoint_override =
      g_strdup_printf ("http://127.0.0.1:%u", ntohs (address.sin_port));
  g_thread_unref (g_thread_new ("server", run_server, NULL));
}

static void
set_replies (char **parts)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  replies = parts;
}

static void
ask (void)
{
  static const char *const filters[] = { "status", "active", NULL };
  g_autoptr (GError) error = NULL, none = NULL, unlisted = NULL;
  g_autoptr (VgGlance) glance = vg_glance_new (config, &error);
  g_autoptr (VgStores) stores = NULL;
  g_autoptr (VgImageRecord) image = NULL;
  g_autoptr (GPtrArray) images = NULL;

  g_assert_no_error (error);
  stores = vg_glance_get_stores (glance, NULL, &error);
  fuzz_check_result (stores != NULL, error);
  image = vg_glance_get_image (glance, "1", NULL, &none);
  fuzz_check_result (image != NULL, none);
  images = vg_glance_list_images (glance, filters, NULL, &unlisted);
  fuzz_check_result (images != NULL, unlisted);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_auto (GStrv) parts = fuzz_split (data, size);

  if (listener < 0)
    start_server ();
  set_replies (parts);
  ask ();
  set_replies (NULL);
  return 0;
}
