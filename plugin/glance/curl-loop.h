/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs one libcurl transfer. */
#pragma once

#include <curl/curl.h>
#include <gio/gio.h>

#include "glance/pace.h"

/* When the reply began, in monotonic µs (0: not yet), which the caller notes;
 * and how many seconds it may take from then on (0: no limit). */
typedef struct {
  gint64 began;
  guint limit;
} VgReplyClock;

/* Whether the reply takes longer than that. */
gboolean vg_reply_is_overdue (const VgReplyClock *reply);

/* Runs the prepared transfer easy in multi, and blocks. After a cancellation
 * the transfer goes on for up to grace seconds. CURLE_ABORTED_BY_CALLBACK:
 * cancelled before the transfer ended. CURLE_OPERATION_TIMEDOUT: no byte was
 * transferred in either direction for timeout seconds (0: no limit), the reply
 * took longer than its limit, or libcurl could not connect in time. pace: of an
 * upload, whose read function pauses the transfer while it waits; or NULL. */
CURLcode vg_drive (CURLM *multi, CURL *easy, guint timeout,
                   const VgReplyClock *reply, VgPace *pace, guint grace,
                   GCancellable *cancellable) G_GNUC_WARN_UNUSED_RESULT;
