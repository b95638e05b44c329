/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's capabilities of a host:
 * https://libvirt.org/formatcaps.html#host-capabilities */
#pragma once

#include <glib.h>

/* Sets *label to the user and group of the host's hypervisors, "+64055:+108",
 * as a capabilities' XML tells; NULL if it tells none. FALSE with GMarkupError
 * if xml is not XML. Free *label with g_free(). */
gboolean vg_capabilities_find_base_label (const char *xml, char **label,
                                          GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
