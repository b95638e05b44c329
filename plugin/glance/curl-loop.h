/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One libcurl transfer from its beginning to its end. */
#pragma once

#include <curl/curl.h>
#include <gio/gio.h>

/* Runs the prepared transfer easy in multi, and blocks.
 * CURLE_ABORTED_BY_CALLBACK: it was cancelled. CURLE_OPERATION_TIMEDOUT: no
 * byte moved, either way, for timeout seconds (0: no such limit), or libcurl
 * has not got through to the server. */
CURLcode vg_drive (CURLM *multi, CURL *easy, guint timeout,
                   GCancellable *cancellable) G_GNUC_WARN_UNUSED_RESULT;
