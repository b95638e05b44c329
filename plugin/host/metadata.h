/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements in a domain's <metadata>, one for each namespace, as in "virsh
 * metadata". All calls block. */
#pragma once

#include "host/guest.h"

/* Sets *xml to the element with that URI: the running domain's, else its
 * definition's; NULL if neither has one. FALSE if that is unknown. Free *xml
 * with g_free(). */
gboolean vg_guest_get_metadata (VgGuest *guest, const char *uri, char **xml,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Replaces the element with that URI, or removes it (xml NULL); in the running
 * domain and in its definition, if they exist. key is the prefix of the
 * namespace for libvirt. */
gboolean vg_guest_set_metadata (VgGuest *guest, const char *key,
                                const char *uri, const char *xml,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes the element with that URI if it still equals xml, as it was read: an
 * element set since then stays. */
gboolean vg_guest_drop_metadata (VgGuest *guest, const char *uri,
                                 const char *xml, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
