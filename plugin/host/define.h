/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Defines domains, and finds places for their disks. All calls block. */
#pragma once

#include "host/guest.h"

/* The directory of an active storage pool of files. Also VG_DOMAIN_ERROR_XML
 * (of another type). Free with g_free(). */
char *vg_host_get_pool_directory (VgHost *host, const char *pool,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Lets libvirt see the pool's new files; a failure is no harm. */
void vg_host_refresh_pool (VgHost *host, const char *pool);

/* Whether no domain has that name or UUID: otherwise FALSE, and *taken is the
 * one that has it, free with vg_guest_free(); or NULL with an error. (libvirt
 * has no definition that replaces no other one.) */
gboolean vg_host_is_free (VgHost *host, const char *name, VgGuest **taken,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Defines a domain that isn't started. */
gboolean vg_host_define (VgHost *host, const char *xml, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The XML of the domain's definition with its secrets, as libvirt takes it
 * back. Not for files, and not for output. Free with g_free(). */
char *vg_guest_get_whole_definition (VgGuest *guest, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Gives the domain another definition, which has the same name and UUID. */
gboolean vg_guest_redefine (VgGuest *guest, const char *xml, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Undefines the domain with that UUID if the element of its metadata with that
 * URI has text in it; otherwise, or without such a domain, does nothing.
 * VG_HOST_ERROR_BUSY if it is running. */
gboolean vg_host_undefine (VgHost *host, const char *uuid, const char *uri,
                           const char *text, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
