/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at guests of this host, for "choose". */
#pragma once

#include "choose/guest.h"
#include "util/config.h"

typedef struct _VgGuestFinder VgGuestFinder;

/* Connects to libvirt when it is first used. uri as of vg_host_new(); config is
 * borrowed and must outlive it. Never NULL. */
VgGuestFinder *vg_guest_finder_new (const VgConfig *config, const char *uri);
void vg_guest_finder_free (VgGuestFinder *finder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgGuestFinder, vg_guest_finder_free)

/* The guest with that name, id or UUID. Blocks. VG_HOST_ERROR, VG_DOMAIN_ERROR.
 */
VgUploadGuest *vg_guest_finder_look (VgGuestFinder *finder, const char *name,
                                     GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A VgFindUploadGuest; data is the finder. Warns if the guest can't be looked
 * at; asks nothing for half a minute after libvirt could not be reached, so
 * that later uploads don't wait for it. */
VgUploadGuest *vg_guest_finder_find (const char *uuid,
                                     GCancellable *cancellable, gpointer data);
