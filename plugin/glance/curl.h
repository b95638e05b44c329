/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libcurl's errors mean for who called. */
#pragma once

#include <curl/curl.h>
#include <glib.h>

#include "inventory/error.h"

/* The code for a request that ended so. */
VgGlanceError vg_curl_code (CURLcode result);

/* What to do then, as the end of a sentence; "" where that is unknown.
 * verified: CURLINFO_SSL_VERIFYRESULT; limited: there is a timeout. */
const char *vg_curl_advice (CURLcode result, long verified, gboolean limited);
