/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An HTTP client based on libcurl. A request runs in a multi handle, so that it
 * ends at once on cancellation and connections are reused. Redirects are never
 * followed, because they would pass the token to another host. Requests have an
 * idle timeout, but no total one; replies have bounds in bytes and time. */
#include "config.h"

#include "glance/http.h"

#include <curl/curl.h>
#include <signal.h>
#include <string.h>

#include "glance/curl.h"
#include "glance/curl-loop.h"
#include "glance/reply.h"
#include "glance/url.h"
#include "util/redact.h"

#define CONNECT_TIMEOUT 20            /* s */
#define EXPECT_TIMEOUT 1000           /* ms; a stalled uWSGI gives up in 4 s */
#define UPLOAD_BUFFER (256 * 1024)    /* bytes */
#define DOWNLOAD_BUFFER (256 * 1024)  /* bytes */
#define UPLOAD_BUFFER_MIN (16 * 1024) /* libcurl's minimum */
#define MAX_RETRY_AFTER 120           /* s */
#define FIRST_PAUSE 500               /* ms */

struct _VgHttp {
  CURLM *multi;
  /* Of the request at work. Each has its own: a reused handle of libcurl before
   * 8.1 may append a header to one that was freed with the last reply
   * (https://github.com/curl/curl/pull/11103). */
  CURL *easy;
  char *cafile, *certfile, *keyfile;
  gboolean insecure;
  guint timeout;
  guint retries;
  guint64 rate;
  VgPace pace; /* of an upload, as it begins */
  guint pause; /* ms */
};

/* One attempt. */
typedef struct {
  CURL *easy;
  const VgHttpUpload *upload;
  const VgHttpDownload *download;
  VgPace pace;
  gsize piece; /* of the upload, in bytes: libcurl gets no more at a time */
  VgReply reply;
  gboolean pull_failed;
  long verified; /* of the server's certificate: OpenSSL's X509_V_… */
  char why[CURL_ERROR_SIZE];
} Try;

static gpointer
init_curl (G_GNUC_UNUSED gpointer data)
{
  curl_global_init (CURL_GLOBAL_DEFAULT);
  return GINT_TO_POINTER (TRUE);
}

VgHttp *
vg_http_new (const VgHttpOptions *options)
{
  static GOnce once = G_ONCE_INIT;
  VgHttp *http = g_new0 (VgHttp, 1);

  g_once (&once, init_curl, NULL);
  http->multi = curl_multi_init ();
  if (http->multi == NULL)
    g_error ("libcurl can't be set up: out of memory");
  http->cafile = g_strdup (options->cafile);
  http->certfile = g_strdup (options->certfile);
  http->keyfile = g_strdup (options->keyfile);
  http->insecure = options->insecure;
  http->timeout = options->timeout;
  http->retries = options->retries;
  http->rate = options->rate;
  http->pause = FIRST_PAUSE;
  return http;
}

void
vg_http_free (VgHttp *http)
{
  if (http == NULL)
    return;
  curl_multi_cleanup (http->multi);
  g_free (http->cafile);
  g_free (http->certfile);
  g_free (http->keyfile);
  g_free (http);
}

void
vg_http_set_rate (VgHttp *http, guint64 rate)
{
  http->rate = rate;
}

void
vg_http_set_pace (VgHttp *http, VgPaceRate ask, gpointer data)
{
  http->pace = (VgPace){ .ask = ask, .data = data };
}

void
vg_http_set_pause (VgHttp *http, guint ms)
{
  http->pause = ms;
}

guint
vg_http_get_pause (const VgHttp *http)
{
  return http->pause;
}

guint
vg_http_get_retries (const VgHttp *http)
{
  return http->retries;
}

static size_t
on_body (char *bytes, size_t size, size_t n, void *data)
{
  Try *try = data;
  const VgHttpDownload *download = try->download;
  long status = 0;

  if (download == NULL || try->reply.refused)
    return vg_reply_take_body (&try->reply, bytes, size * n) ? size * n : 0;
  curl_easy_getinfo (try->easy, CURLINFO_RESPONSE_CODE, &status);
  return download->take (download->data, (guint) status,
                         try->reply.answer->content_range, bytes, size * n)
             ? size * n
             : 0;
}

static size_t
on_header (char *bytes, size_t size, size_t n, void *data)
{
  Try *try = data;

  return vg_reply_take_header (&try->reply, bytes, size * n) ? size * n : 0;
}

static size_t
on_pull (char *buf, size_t size, size_t n, void *data)
{
  Try *try = data;
  gsize piece = vg_pace_allow (&try->pace, MIN (size * n, try->piece),
                               g_get_monotonic_time ());
  gssize got;

  if (piece == 0)
    return CURL_READFUNC_PAUSE;
  got = try->upload->pull (try->upload->data, buf, piece);
  if (got >= 0)
    return (size_t) got;
  try->pull_failed = TRUE;
  return CURL_READFUNC_ABORT;
}

static int
on_seek (void *data, curl_off_t offset, int origin)
{
  Try *try = data;

  if (offset != 0 || origin != SEEK_SET)
    return CURL_SEEKFUNC_CANTSEEK;
  return try->upload->rewind (try->upload->data) ? CURL_SEEKFUNC_OK
                                                 : CURL_SEEKFUNC_FAIL;
}

static void
set_common (VgHttp *http, Try *try, const char *url)
{
  CURL *easy = http->easy;

  curl_easy_setopt (easy, CURLOPT_URL, url);
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt (easy, CURLOPT_PROTOCOLS,
                    (long) (CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  curl_easy_setopt (easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
  curl_easy_setopt (easy, CURLOPT_FOLLOWLOCATION, 0L);
  /* A proxy's reply is not the beginning of the server's. */
  curl_easy_setopt (easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt (easy, CURLOPT_USERAGENT, PACKAGE "/" VERSION);
  curl_easy_setopt (easy, CURLOPT_CONNECTTIMEOUT,
                    (long) (http->timeout > 0
                                ? MIN (CONNECT_TIMEOUT, http->timeout)
                                : CONNECT_TIMEOUT));
  curl_easy_setopt (easy, CURLOPT_EXPECT_100_TIMEOUT_MS, (long) EXPECT_TIMEOUT);
  curl_easy_setopt (easy, CURLOPT_ERRORBUFFER, try->why);
  curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt (easy, CURLOPT_WRITEDATA, try);
  curl_easy_setopt (easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt (easy, CURLOPT_HEADERDATA, try);
  curl_easy_setopt (easy, CURLOPT_SSL_VERIFYPEER, http->insecure ? 0L : 1L);
  curl_easy_setopt (easy, CURLOPT_SSL_VERIFYHOST, http->insecure ? 0L : 2L);
  if (http->cafile != NULL)
    curl_easy_setopt (easy, CURLOPT_CAINFO, http->cafile);
  if (http->certfile != NULL)
    curl_easy_setopt (easy, CURLOPT_SSLCERT, http->certfile);
  if (http->keyfile != NULL)
    curl_easy_setopt (easy, CURLOPT_SSLKEY, http->keyfile);
  if (vg_url_is_loopback (url))
    curl_easy_setopt (easy, CURLOPT_PROXY, "");
}

/* A rate limit needs small pieces: after each, libcurl rests for as long as it
 * should have taken, which the server, or we, take for a stall. */
static gsize
piece_size (const VgHttp *http)
{
  return http->rate == 0 ? UPLOAD_BUFFER
                         : (gsize) CLAMP (http->rate / 8, 1, UPLOAD_BUFFER);
}

static void
set_request (VgHttp *http, Try *try, const VgHttpRequest *request)
{
  CURL *easy = curl_easy_init ();

  if (easy == NULL)
    g_error ("libcurl can't be set up: out of memory");
  http->easy = easy;
  try->easy = easy;
  set_common (http, try, request->url);
  if (request->upload != NULL) {
    curl_easy_setopt (easy, CURLOPT_UPLOAD, 1L);
    /* If a connection that was kept ends before the answer, libcurl sends the
     * request again by itself: the whole disk, to an image that has it. */
    curl_easy_setopt (easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt (easy, CURLOPT_INFILESIZE_LARGE,
                      (curl_off_t) request->upload->length);
    curl_easy_setopt (easy, CURLOPT_READFUNCTION, on_pull);
    curl_easy_setopt (easy, CURLOPT_READDATA, try);
    curl_easy_setopt (easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt (easy, CURLOPT_SEEKDATA, try);
    try->piece = piece_size (http);
    try->pace = http->pace;
    curl_easy_setopt (easy, CURLOPT_UPLOAD_BUFFERSIZE,
                      (long) MAX (try->piece, UPLOAD_BUFFER_MIN));
    curl_easy_setopt (easy, CURLOPT_MAX_SEND_SPEED_LARGE,
                      (curl_off_t) http->rate);
  } else if (request->content != NULL) {
    curl_easy_setopt (easy, CURLOPT_POSTFIELDS, request->content);
    curl_easy_setopt (easy, CURLOPT_POSTFIELDSIZE_LARGE,
                      (curl_off_t) strlen (request->content));
  }
  /* It takes as long as it takes: only a standstill ends it. */
  if (request->download != NULL) {
    try->reply.clock.limit = 0;
    curl_easy_setopt (easy, CURLOPT_BUFFERSIZE, (long) DOWNLOAD_BUFFER);
  }
  if (strcmp (request->method, "GET") != 0)
    curl_easy_setopt (easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* Refuses values with control characters, which could inject headers. */
static gboolean
make_headers (const VgHttpRequest *request, struct curl_slist **list,
              GError **error)
{
  *list = curl_slist_append (NULL, "Accept: application/json");
  for (const char *const *h = request->headers; h != NULL && *h != NULL; h++) {
    for (const char *p = *h; *p != '\0'; p++)
      if (g_ascii_iscntrl (*p)) {
        g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                     "the header %.*s can't be sent: its value has a control "
                     "character",
                     (int) strcspn (*h, ":"), *h);
        return FALSE;
      }
    *list = curl_slist_append (*list, *h);
  }
  return TRUE;
}

static void
free_headers (struct curl_slist *list)
{
  for (struct curl_slist *item = list; item != NULL; item = item->next)
    explicit_bzero (item->data, strlen (item->data));
  curl_slist_free_all (list);
}

/* A byte a second is no stall, though it may come a little late. */
static guint
get_timeout (const VgHttp *http)
{
  return http->timeout == 1 && (http->rate > 0 || http->pace.ask)
             ? 2
             : http->timeout;
}

/* Runs the transfer with SIGPIPE blocked, because OpenSSL may write to a closed
 * socket: the signal stays pending in this thread and is consumed. */
static CURLcode
run_transfer (VgHttp *http, Try *try, guint grace, GCancellable *cancellable)
{
  const struct timespec at_once = { 0, 0 };
  sigset_t pipe, before, pending;
  gboolean was_pending;
  CURLcode result;

  sigemptyset (&pipe);
  sigaddset (&pipe, SIGPIPE);
  sigpending (&pending);
  was_pending = sigismember (&pending, SIGPIPE) == 1;
  pthread_sigmask (SIG_BLOCK, &pipe, &before);
  result = vg_drive (http->multi, http->easy, get_timeout (http),
                     &try->reply.clock, &try->pace, grace, cancellable);
  if (!was_pending)
    sigtimedwait (&pipe, NULL, &at_once);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  return result;
}

static gboolean
throw_curl (GError **error, VgHttp *http, const Try *try, CURLcode result,
            const VgHttpRequest *request)
{
  g_autofree char *url = vg_redact (request->url, request->secrets);
  g_autofree char *curls =
      vg_redact (*try->why != '\0' ? try->why : curl_easy_strerror (result),
                 request->secrets);
  const char *why = curls;
  g_autofree char *standstill =
      g_strdup_printf ("no data were transferred for %u s", http->timeout);
  g_autofree char *overdue = g_strdup_printf (
      "the response did not end within %u s", try->reply.clock.limit);
  const char *advice =
      vg_curl_advice (result, try->verified, http->timeout > 0);

  if (result == CURLE_OPERATION_TIMEDOUT && *try->why == '\0')
    why = vg_reply_is_overdue (&try->reply.clock) ? overdue : standstill;
  if (try->reply.too_long)
    why = "the response is too long";
  g_set_error (error, VG_GLANCE_ERROR, (gint) vg_curl_code (result),
               "%s: %s%s%s", url, why, *advice != '\0' ? "; " : "", advice);
  return FALSE;
}

/* Logs one line for --debug: URLs contain no secrets; headers and bodies
 * may. */
static void
log_try (VgHttp *http, const VgHttpRequest *request, const Try *try,
         CURLcode result, long status)
{
  const char *id = try->reply.answer->request_id;
  const char *why = *try->why != '\0' ? try->why : curl_easy_strerror (result);
  g_autofree char *answer = status != 0 ? g_strdup_printf ("HTTP %ld", status)
                                        : g_strdup ("no answer");
  g_autofree char *line = NULL, *clean = NULL;
  curl_off_t us = 0;

  curl_easy_getinfo (http->easy, CURLINFO_TOTAL_TIME_T, &us);
  line = g_strdup_printf (
      "%s %s: %s, %s, %ld ms%s%s", request->method, request->url, answer,
      id != NULL ? id : "no request id", (long) (us / 1000),
      result != CURLE_OK ? ", cut: " : "", result != CURLE_OK ? why : "");
  clean = vg_redact (line, request->secrets);
  g_debug ("%s", clean);
}

/* A gateway answers although the server behind it is still at work. */
static gboolean
is_unanswered (VgHttp *http, CURLcode result, long status)
{
  long sent = 0;

  curl_easy_getinfo (http->easy, CURLINFO_REQUEST_SIZE, &sent);
  return (sent > 0 && result != CURLE_OK && status < 300) || status == 502
         || status == 504;
}

gboolean
vg_http_send (VgHttp *http, const VgHttpRequest *request, VgHttpAnswer *answer,
              GCancellable *cancellable, GError **error)
{
  Try try = { .upload = request->upload,
              .download = request->download,
              .reply = { .answer = answer,
                         .clock.limit = vg_reply_get_limit (http->timeout) } };
  struct curl_slist *headers = NULL;
  curl_off_t retry_after = 0;
  long status = 0;
  CURLcode result;

  vg_http_answer_clear (answer);
  answer->body = g_string_new (NULL);
  if (!make_headers (request, &headers, error)) {
    free_headers (headers);
    return FALSE;
  }
  set_request (http, &try, request);
  curl_easy_setopt (http->easy, CURLOPT_HTTPHEADER, headers);
  result = run_transfer (http, &try, request->grace, cancellable);
  g_strchomp (try.why);
  curl_easy_getinfo (http->easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo (http->easy, CURLINFO_RETRY_AFTER, &retry_after);
  curl_easy_getinfo (http->easy, CURLINFO_SSL_VERIFYRESULT, &try.verified);
  log_try (http, request, &try, result, status);
  answer->unanswered = is_unanswered (http, result, status);
  g_clear_pointer (&http->easy, curl_easy_cleanup);
  free_headers (headers);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  /* A refusal before the connection was cut takes precedence: it says more. */
  if (result == CURLE_OK
      || (status >= 300 && !try.pull_failed && !try.reply.too_long)) {
    answer->status = (guint) status;
    answer->retry_after = (guint) CLAMP (retry_after, 0, MAX_RETRY_AFTER);
    return TRUE;
  }
  return throw_curl (error, http, &try, result, request);
}
