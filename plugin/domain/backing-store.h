/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes a disk's backing chain out of a domain's definition, and puts it back.
 * libvirt opens the chain that a definition names, whatever the disk's own
 * header says: a disk that is whole must not have one there.
 * https://libvirt.org/formatdomain.html (backingStore) */
#pragma once

#include <glib.h>

#include "domain/error.h"

/* The definition without the chain of that disk; all else stays. Free with
 * g_free(). *removed: what vg_backing_store_put_back() needs, which has no
 * secrets; free with g_free(). Without such a chain (an empty <backingStore/>
 * says that there is none) both are NULL, and it succeeds. VG_DOMAIN_ERROR_XML,
 * also if there is no such disk, or cookies are in its chain. */
gboolean vg_backing_store_remove (const char *definition, const char *target,
                                  char **changed, char **removed,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* *changed: the definition with the chain in the disk again; NULL if that disk
 * is gone, has another source by now, or a chain. Free with g_free().
 * VG_DOMAIN_ERROR_XML. */
gboolean vg_backing_store_put_back (const char *definition, const char *removed,
                                    char **changed, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
