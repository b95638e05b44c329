/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an address must be, and where it leads. */
#pragma once

#include <glib.h>

/* Whether text is an http or https address without user, password, query and
 * fragment; else VG_GLANCE_ERROR_CONFIG, whose message begins with what. */
gboolean vg_url_check (const char *text, const char *what, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether its host is this machine by name or address: such a request never
 * goes to a proxy. */
gboolean vg_url_is_loopback (const char *url);
