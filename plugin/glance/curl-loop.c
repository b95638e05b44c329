/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop around a libcurl transfer: it ends on cancellation, at once or
 * after a grace period, and after the timeout if the transfer stalls. libcurl's
 * own low-speed limit uses an average, so that a burst counts for many seconds.
 */
#include "glance/curl-loop.h"

#define LOOK_EVERY_MS 1000

typedef struct {
  CURL *easy;
  curl_off_t moved; /* bytes so far, both ways */
  gint64 since;     /* last movement, monotonic µs */
  gint64 looked;    /* last check, monotonic µs */
  gint64 limit;     /* µs; 0: none */
} Watch;

static curl_off_t
count_bytes (CURL *easy)
{
  curl_off_t up = 0, down = 0;
  long headers = 0;

  curl_easy_getinfo (easy, CURLINFO_SIZE_UPLOAD_T, &up);
  curl_easy_getinfo (easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
  curl_easy_getinfo (easy, CURLINFO_HEADER_SIZE, &headers);
  return up + down + headers;
}

/* Time in which this thread did not run (suspended, or busy elsewhere) doesn't
 * count as a stall: data that came meanwhile are still to be read. */
static gboolean
is_stalled (Watch *watch)
{
  curl_off_t moved = count_bytes (watch->easy);
  gint64 now = g_get_monotonic_time ();
  gint64 lost = now - watch->looked - LOOK_EVERY_MS * 1000;

  if (lost > 0)
    watch->since += lost;
  watch->looked = now;
  if (moved != watch->moved) {
    watch->moved = moved;
    watch->since = now;
  }
  return watch->limit > 0 && now - watch->since >= watch->limit;
}

/* Bytes that come one by one are no stall. */
gboolean
vg_reply_is_overdue (const VgReplyClock *reply)
{
  return reply->began > 0 && reply->limit > 0
         && g_get_monotonic_time () - reply->began
                >= (gint64) reply->limit * G_USEC_PER_SEC;
}

/* CURLE_ABORTED_BY_CALLBACK if the loop was left before the transfer ended. */
static CURLcode
read_result (CURLM *multi)
{
  int left;
  CURLMsg *message = curl_multi_info_read (multi, &left);

  return message != NULL && message->msg == CURLMSG_DONE
             ? message->data.result
             : CURLE_ABORTED_BY_CALLBACK;
}

typedef struct {
  GCancellable *cancellable;
  gint64 grace; /* µs */
  gint64 since; /* when the cancellation was seen, monotonic µs; 0: not yet */
} Cancellation;

/* Whether it is cancelled, and the grace is over. The descriptor would be
 * readable all the time from then on. */
static gboolean
is_given_up (Cancellation *cancellation, struct curl_waitfd *wait)
{
  gint64 now = g_get_monotonic_time ();

  if (!g_cancellable_is_cancelled (cancellation->cancellable))
    return FALSE;
  if (cancellation->since == 0)
    cancellation->since = now;
  if (wait->fd >= 0)
    g_cancellable_release_fd (cancellation->cancellable);
  wait->fd = -1;
  return now - cancellation->since >= cancellation->grace;
}

/* Lets an upload go on that has waited for its pace. Returns for how many ms
 * nothing has to be done. */
static int
go_on (CURL *easy, VgPace *pace)
{
  gint64 pause;

  if (pace == NULL || pace->wanted == 0)
    return LOOK_EVERY_MS;
  pause = vg_pace_get_pause (pace, g_get_monotonic_time ());
  if (pause > 0)
    return (int) MIN (pause / 1000 + 1, LOOK_EVERY_MS);
  pace->wanted = 0;
  curl_easy_pause (easy, CURLPAUSE_CONT);
  return 0;
}

CURLcode
vg_drive (CURLM *multi, CURL *easy, guint timeout, const VgReplyClock *reply,
          VgPace *pace, guint grace, GCancellable *cancellable)
{
  struct curl_waitfd wait = { .fd = -1, .events = CURL_WAIT_POLLIN };
  gint64 now = g_get_monotonic_time ();
  Watch watch = { easy, 0, now, now, (gint64) timeout * G_USEC_PER_SEC };
  Cancellation cancellation = { cancellable, (gint64) grace * G_USEC_PER_SEC,
                                0 };
  gboolean still = FALSE;
  int running = 1;
  CURLcode result;

  if (g_cancellable_is_cancelled (cancellable))
    return CURLE_ABORTED_BY_CALLBACK;
  if (cancellable != NULL)
    wait.fd = g_cancellable_get_fd (cancellable);
  curl_multi_add_handle (multi, easy);
  while (running > 0 && !still && !is_given_up (&cancellation, &wait)) {
    if (curl_multi_perform (multi, &running) != CURLM_OK)
      break;
    if (running > 0
        && curl_multi_poll (multi, &wait, wait.fd >= 0 ? 1 : 0,
                            go_on (easy, pace), NULL)
               != CURLM_OK)
      break;
    still = running > 0 && (is_stalled (&watch) || vg_reply_is_overdue (reply));
  }
  result = still ? CURLE_OPERATION_TIMEDOUT : read_result (multi);
  curl_multi_remove_handle (multi, easy);
  if (wait.fd >= 0)
    g_cancellable_release_fd (cancellable);
  return result;
}
