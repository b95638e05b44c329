/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs one libcurl transfer. */
#pragma once

#include <curl/curl.h>
#include <gio/gio.h>

/* Runs the prepared transfer easy in multi, and blocks.
 * CURLE_ABORTED_BY_CALLBACK: cancelled. CURLE_OPERATION_TIMEDOUT: no byte was
 * transferred in either direction for timeout seconds (0: no limit), or libcurl
 * could not connect in time. */
CURLcode vg_drive (CURLM *multi, CURL *easy, guint timeout,
                   GCancellable *cancellable) G_GNUC_WARN_UNUSED_RESULT;
