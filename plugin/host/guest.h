/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One domain: what it is, whether it was started, and what is done with it.
 * All calls block. */
#pragma once

#include <glib.h>

#include "domain/domain.h"
#include "host/host.h"

typedef struct _VgGuest VgGuest;

/* Finds a domain as virsh does: by id, UUID or name. host is borrowed and must
 * outlive it. NULL with VG_HOST_ERROR_NO_DOMAIN or another one. */
VgGuest *vg_guest_find (VgHost *host, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_guest_free (VgGuest *guest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgGuest, vg_guest_free)

const char *vg_guest_get_name (VgGuest *guest); /* borrowed */
const char *vg_guest_get_uuid (VgGuest *guest); /* borrowed, lower case */

/* The XML: of the running domain, else of its definition. Without secrets.
 * Free with g_free(). */
char *vg_guest_get_xml (VgGuest *guest, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* What that XML says at this moment. Also VG_DOMAIN_ERROR. Free with
 * vg_domain_free(). */
VgDomain *vg_guest_read (VgGuest *guest, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether a hypervisor process runs (paused counts too). */
gboolean vg_guest_get_active (VgGuest *guest, gboolean *active, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Sets *reason to why the domain is shut off, in virsh's words: "shutdown" (by
 * the guest), "destroyed", "crashed", "migrated", "saved", "failed" (to start),
 * "from snapshot", "daemon", "unknown". Static; NULL where it isn't shut off.
 */
gboolean vg_guest_get_stop_reason (VgGuest *guest, const char **reason,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the running guest's agent answers within timeout_s seconds:
 * VG_HOST_ERROR_AGENT where it hangs, or where the guest is paused. */
gboolean vg_guest_check_agent (VgGuest *guest, guint timeout_s, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The disk's virtual size in bytes. */
gboolean vg_guest_get_capacity (VgGuest *guest, const char *target,
                                guint64 *bytes, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The path of a volume of one of the host's storage pools. Free with
 * g_free(). */
char *vg_guest_get_volume_path (VgGuest *guest, const char *pool,
                                const char *volume, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A number that changes when the domain is started, resumed from a saved
 * state, or moves in from another host, and when that may have happened
 * unseen. To compare with an earlier one; never fails. It knows of what libvirt
 * told before it answered the last call, so ask for the state first. */
guint vg_guest_get_epoch (VgGuest *guest);

/* Freezes the file systems of a running guest by its agent, which gets
 * timeout_s seconds to answer: those that are mounted there (NULL-ended), or
 * with NULL all. *frozen: how many it froze; it passes over those that can't be
 * and those that aren't there. VG_HOST_ERROR_AGENT where there is no agent.
 * After a failure a part may be frozen: thaw. */
gboolean vg_guest_freeze (VgGuest *guest, const char *const *mountpoints,
                          guint timeout_s, guint *frozen, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Thaws; nothing to thaw, or a guest that is gone, is success. */
gboolean vg_guest_thaw (VgGuest *guest, guint timeout_s, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether no job (backup, migration, save …) is under way on the domain: FALSE
 * with VG_HOST_ERROR_BUSY if one is. */
gboolean vg_guest_check_idle (VgGuest *guest, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
