/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Error codes and advice for libcurl's errors. */
#pragma once

#include <curl/curl.h>
#include <glib.h>

#include "inventory/error.h"

/* The error code for a request with that result. */
VgGlanceError vg_curl_code (CURLcode result);

/* Advice for the user, as the end of a sentence; "" if unknown. verified:
 * CURLINFO_SSL_VERIFYRESULT; limited: there is a timeout. */
const char *vg_curl_advice (CURLcode result, long verified, gboolean limited);
