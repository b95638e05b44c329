/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests that are sent again after a failure that may pass. */
#pragma once

#include "glance/http.h"

/* Sends a request with retries: after ERROR_UNAVAILABLE and after a transient
 * status. Use it for idempotent requests only. */
gboolean vg_http_call (VgHttp *http, const VgHttpRequest *request,
                       VgHttpAnswer *answer, GCancellable *cancellable,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the status may be transient: 408, 429, 500, 502, 503 or 504. */
gboolean vg_http_may_pass (guint status);

/* Waits before retry number n (from 0). FALSE without an error if n has reached
 * the number of retries; FALSE with an error if cancelled. */
gboolean vg_http_pause (VgHttp *http, guint n, guint retry_after,
                        GCancellable *cancellable, GError **error);

/* Waits after poll number n: a quarter of the first pause at first, up to 16
 * quarters. FALSE: cancelled. */
gboolean vg_http_wait (VgHttp *http, guint n, GCancellable *cancellable,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
