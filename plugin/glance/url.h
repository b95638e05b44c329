/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks of URLs. */
#pragma once

#include <glib.h>

/* Whether text is an http or https URL without user, password, query and
 * fragment; else VG_GLANCE_ERROR_CONFIG, whose message begins with what. */
gboolean vg_url_check (const char *text, const char *what, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the URL's host is this machine, by name or address. Requests to it
 * never use a proxy. */
gboolean vg_url_is_loopback (const char *url);
