/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The main loop has the connections and the clock; threads answer. A question
 * that isn't answered in time, or that finds too many others, is answered
 * without a store: the upload goes on to Glance's default. */
#include <glib-unix.h>
#include <libsoup/soup.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "choose/counts.h"
#include "choose/http/connections.h"
#include "choose/http/sockets.h"
#include "choose/service.h"
#include "util/text.h"

#define MAX_THREADS 16
#define MAX_QUESTIONS 256 /* at once */
#define MAX_ERROR 800     /* characters of a refusal's text in a header */

typedef struct {
  const VgServiceOptions *options;
  GMainLoop *loop;
  GThreadPool *pool;
  VgConnections *connections;
  VgCounts counts;
  guint questions; /* that threads have, or will have */
} Server;

/* A question that a thread answers; it lives until both the thread and the
 * proxy are done with it. */
typedef struct {
  Server *server;
  SoupServerMessage *msg;
  VgAsk *ask;
  GCancellable *cancellable;
  VgAnswer *answer; /* the thread's */
  guint timer;      /* 0: the proxy has its answer */
} Question;

static const char *
get_header (gpointer headers, const char *name)
{
  return soup_message_headers_get_list (headers, name);
}

static char *
make_ascii (const char *text)
{
  char *clean = vg_text_clean (text, MAX_ERROR);

  for (char *p = clean; *p != '\0'; p++)
    if (*p < ' ' || *p > '~')
      *p = '?';
  return clean;
}

/* Says the answer by HTTP, and counts it. */
static void
say (Server *server, SoupServerMessage *msg, const VgAsk *ask,
     const VgAnswer *answer)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (msg);
  g_autofree char *text = NULL, *body = NULL;
  const char *type;

  vg_counts_add (&server->counts, ask->image, answer);
  soup_message_headers_replace (headers, "X-Virt-Glance-Outcome",
                                vg_outcome_to_string (answer->outcome));
  if (answer->outcome != VG_OUTCOME_REFUSED) {
    soup_server_message_set_status (msg, SOUP_STATUS_NO_CONTENT, NULL);
    if (answer->store != NULL)
      soup_message_headers_replace (headers, "X-Image-Meta-Store",
                                    answer->store);
    return;
  }
  text = make_ascii (answer->message);
  body = vg_answer_make_body (answer->message, ask->json, &type);
  soup_server_message_set_status (msg, SOUP_STATUS_FORBIDDEN, NULL);
  soup_message_headers_replace (headers, "X-Virt-Glance-Error", text);
  soup_server_message_set_response (msg, type, SOUP_MEMORY_COPY, body,
                                    strlen (body));
}

/* Ends the proxy's part of the question. */
static void
reply (Question *question, const VgAnswer *answer)
{
  if (question->timer == 0)
    return;
  g_source_remove (question->timer);
  question->timer = 0;
  say (question->server, question->msg, question->ask, answer);
  soup_server_message_unpause (question->msg);
}

static gboolean
on_late (gpointer data)
{
  Question *question = data;
  g_autoptr (VgAnswer) late =
      vg_answer_new (VG_OUTCOME_LATE, NULL,
                     g_strdup_printf ("Glance did not answer within %u s",
                                      question->server->options->timeout));

  reply (question, late);
  g_cancellable_cancel (question->cancellable);
  return G_SOURCE_REMOVE;
}

/* The thread's part has ended. */
static gboolean
on_answered (gpointer data)
{
  Question *question = data;

  reply (question, question->answer);
  question->server->questions--;
  g_signal_handlers_disconnect_by_data (question->msg, question);
  g_object_unref (question->msg);
  g_object_unref (question->cancellable);
  vg_ask_free (question->ask);
  vg_answer_free (question->answer);
  g_free (question);
  return G_SOURCE_REMOVE;
}

static void
run_question (gpointer data, gpointer user_data)
{
  const VgServiceOptions *options = user_data;
  Question *question = data;

  if (!g_cancellable_is_cancelled (question->cancellable))
    question->answer =
        options->answer (question->ask, question->cancellable, options->data);
  else
    question->answer = vg_answer_new (VG_OUTCOME_LATE, NULL, NULL);
  g_idle_add (on_answered, question);
}

/* The proxy has gone. */
static void
on_disconnected (G_GNUC_UNUSED SoupServerMessage *msg, gpointer data)
{
  Question *question = data;

  if (question->timer != 0)
    g_source_remove (question->timer);
  question->timer = 0;
  g_cancellable_cancel (question->cancellable);
}

static void
ask_thread (Server *server, SoupServerMessage *msg, VgAsk *ask)
{
  Question *question = g_new0 (Question, 1);

  question->server = server;
  question->msg = g_object_ref (msg);
  question->ask = ask;
  question->cancellable = g_cancellable_new ();
  question->timer =
      g_timeout_add (server->options->timeout * 1000, on_late, question);
  g_signal_connect (msg, "disconnected", G_CALLBACK (on_disconnected),
                    question);
  server->questions++;
  soup_server_message_pause (msg);
  g_thread_pool_push (server->pool, question, NULL);
}

/* Of our own, not of Glance's. */
static gboolean
is_metrics (SoupServerMessage *msg, const char *path)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (msg);

  return soup_server_message_get_method (msg) == SOUP_METHOD_GET
         && strcmp (path, "/metrics") == 0
         && soup_message_headers_get_one (headers, "X-Forwarded-Uri") == NULL
         && soup_message_headers_get_one (headers, "X-Original-URI") == NULL;
}

static void
say_metrics (Server *server, SoupServerMessage *msg)
{
  char *text = vg_counts_format (&server->counts);

  soup_server_message_set_status (msg, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (msg, "text/plain; version=0.0.4",
                                    SOUP_MEMORY_TAKE, text, strlen (text));
}

static void
on_request (G_GNUC_UNUSED SoupServer *soup, SoupServerMessage *msg,
            const char *path, G_GNUC_UNUSED GHashTable *query, gpointer data)
{
  Server *server = data;
  g_autoptr (VgAsk) ask = NULL;
  g_autoptr (VgAnswer) answer = NULL;

  vg_connections_begin (server->connections, msg);
  /* libsoup keeps only connections that it has accepted itself. */
  soup_message_headers_replace (soup_server_message_get_response_headers (msg),
                                "Connection", "close");
  if (is_metrics (msg, path)) {
    say_metrics (server, msg);
    return;
  }
  ask = vg_ask_new (soup_server_message_get_method (msg), path, get_header,
                    soup_server_message_get_request_headers (msg));
  if (!ask->upload)
    answer = vg_answer_new (VG_OUTCOME_OTHER, NULL, NULL);
  else if (ask->client_store != NULL)
    answer = vg_answer_new (
        VG_OUTCOME_CLIENT,
        vg_answer_is_header (ask->client_store) ? ask->client_store : NULL,
        NULL);
  else if (server->questions >= MAX_QUESTIONS)
    answer = vg_answer_new (
        VG_OUTCOME_BUSY, NULL,
        g_strdup ("too many uploads begin at once, or Glance is too slow"));
  if (answer != NULL)
    say (server, msg, ask, answer);
  else
    ask_thread (server, msg, g_steal_pointer (&ask));
}

/* A question has no body: a proxy that sends one is configured to send the
 * upload here. libsoup would read all of it before it answers. */
static void
on_headers (G_GNUC_UNUSED SoupServer *soup, SoupServerMessage *msg,
            G_GNUC_UNUSED const char *path, G_GNUC_UNUSED GHashTable *query,
            gpointer data)
{
  Server *server = data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (msg);
  g_autoptr (VgAnswer) answer = NULL;

  soup_message_body_set_accumulate (soup_server_message_get_request_body (msg),
                                    FALSE);
  if (soup_message_headers_get_encoding (headers) != SOUP_ENCODING_CHUNKED
      && soup_message_headers_get_content_length (headers) <= 0)
    return;
  answer = vg_answer_new (VG_OUTCOME_FAILED, NULL,
                          g_strdup ("the proxy sends a body with its question; "
                                    "it must send the headers alone"));
  vg_counts_add (&server->counts, NULL, answer);
  vg_connections_drop (server->connections, msg);
}

static void
on_finished (G_GNUC_UNUSED SoupServer *soup, SoupServerMessage *msg,
             gpointer data)
{
  Server *server = data;

  vg_connections_end (server->connections, msg);
}

static gboolean
on_stop (gpointer data)
{
  Server *server = data;

  g_main_loop_quit (server->loop);
  return G_SOURCE_CONTINUE;
}

static void
tell_sockets (GPtrArray *sockets)
{
  for (guint i = 0; i < sockets->len; i++) {
    g_autofree char *address = vg_sockets_describe (sockets->pdata[i]);

    printf ("listening on %s\n", address);
  }
  fflush (stdout);
  (void) sd_notify (FALSE, "READY=1");
}

static void
serve (Server *server, GPtrArray *sockets)
{
  g_autoptr (SoupServer) soup =
      soup_server_new ("server-header", "virt-glance", NULL);
  guint sources[] = { g_unix_signal_add (SIGINT, on_stop, server),
                      g_unix_signal_add (SIGTERM, on_stop, server) };

  soup_server_add_handler (soup, NULL, on_request, server, NULL);
  soup_server_add_early_handler (soup, NULL, on_headers, server, NULL);
  g_signal_connect (soup, "request-finished", G_CALLBACK (on_finished), server);
  g_signal_connect (soup, "request-aborted", G_CALLBACK (on_finished), server);
  server->connections = vg_connections_new (soup, sockets);
  tell_sockets (sockets);
  g_main_loop_run (server->loop);
  vg_connections_stop (server->connections);
  while (server->questions > 0)
    g_main_context_iteration (NULL, TRUE);
  /* The last answers still have to be sent. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  vg_connections_free (server->connections);
  soup_server_disconnect (soup);
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
}

static gboolean
run (const VgServiceOptions *options, GError **error)
{
  g_autoptr (GPtrArray) sockets = vg_sockets_open (options->address, error);
  g_autoptr (GMainLoop) loop = NULL;
  Server server = { .options = options };

  if (sockets == NULL)
    return FALSE;
  signal (SIGPIPE, SIG_IGN);
  loop = g_main_loop_new (NULL, FALSE);
  server.loop = loop;
  server.pool = g_thread_pool_new (run_question, (gpointer) options,
                                   MAX_THREADS, FALSE, NULL);
  serve (&server, sockets);
  g_thread_pool_free (server.pool, FALSE, TRUE);
  return TRUE;
}

/* The only exported symbol: VG_SERVICE_SYMBOL. */
extern const VgService vg_service;
const VgService vg_service = { run };
