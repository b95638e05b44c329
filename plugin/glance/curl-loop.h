/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs one libcurl transfer. */
#pragma once

#include <curl/curl.h>
#include <gio/gio.h>

/* Runs the prepared transfer easy in multi, and blocks. After a cancellation
 * the transfer goes on for up to grace seconds. CURLE_ABORTED_BY_CALLBACK:
 * cancelled before the transfer ended. CURLE_OPERATION_TIMEDOUT: no byte was
 * transferred in either direction for timeout seconds (0: no limit), or libcurl
 * could not connect in time. */
CURLcode vg_drive (CURLM *multi, CURL *easy, guint timeout, guint grace,
                   GCancellable *cancellable) G_GNUC_WARN_UNUSED_RESULT;
