/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements in a domain's <metadata>, one a namespace, as "virsh metadata" has
 * them. All calls block. */
#pragma once

#include "host/guest.h"

/* Sets *xml to the element with that URI: the running domain's, else its
 * definition's; NULL where neither has one. FALSE where that can't be told.
 * Free *xml with g_free(). */
gboolean vg_guest_get_metadata (VgGuest *guest, const char *uri, char **xml,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Puts an element there in place of the one with that URI, or takes that one
 * away (xml NULL); in the running domain and in its definition, where it has
 * them. key is the prefix that libvirt gives to the namespace. */
gboolean vg_guest_set_metadata (VgGuest *guest, const char *key,
                                const char *uri, const char *xml,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Takes the element with that URI away where it is still xml, as it was read:
 * another one, that was put there since, stays. */
gboolean vg_guest_drop_metadata (VgGuest *guest, const char *uri,
                                 const char *xml, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
