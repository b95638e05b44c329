/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One domain: its properties, its starts, and operations on it. All calls
 * block. */
#pragma once

#include <glib.h>

#include "domain/domain.h"
#include "host/host.h"

typedef struct _VgGuest VgGuest;

/* Finds a domain like virsh: by id, UUID or name. host is borrowed and must
 * outlive it. NULL with VG_HOST_ERROR_NO_DOMAIN or another one. */
VgGuest *vg_guest_find (VgHost *host, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_guest_free (VgGuest *guest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgGuest, vg_guest_free)

const char *vg_guest_get_name (VgGuest *guest); /* borrowed */
const char *vg_guest_get_uuid (VgGuest *guest); /* borrowed, lower case */

/* The XML of the running domain, else of its definition, without secrets. Free
 * with g_free(). */
char *vg_guest_get_xml (VgGuest *guest, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The XML of the domain's definition, without secrets, also while another one
 * runs. Free with g_free(). */
char *vg_guest_get_definition (VgGuest *guest, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The current XML, parsed; with the policy element of the definition, if the
 * running domain has none. Also VG_DOMAIN_ERROR. Free with vg_domain_free(). */
VgDomain *vg_guest_read (VgGuest *guest, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether a hypervisor process runs (paused counts too). */
gboolean vg_guest_get_active (VgGuest *guest, gboolean *active, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the domain has a definition that outlives its run. */
gboolean vg_guest_get_persistent (VgGuest *guest, gboolean *persistent,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets *reason to why the domain is shut off, in virsh's words: "shutdown" (by
 * the guest), "destroyed", "crashed", "migrated", "saved", "failed" (to start),
 * "from snapshot", "daemon", "unknown". Static; NULL if it isn't shut off. */
gboolean vg_guest_get_stop_reason (VgGuest *guest, const char **reason,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the domain is shut off because its memory was saved to a file: its
 * disks are those of a running guest. */
gboolean vg_guest_get_saved (VgGuest *guest, gboolean *saved, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the running guest's agent answers within timeout_s seconds:
 * VG_HOST_ERROR_AGENT if it hangs, or the guest is paused; VG_HOST_ERROR_FROZEN
 * if it answers, but the guest is frozen. */
gboolean vg_guest_check_agent (VgGuest *guest, guint timeout_s, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The disk's virtual size in bytes. */
gboolean vg_guest_get_capacity (VgGuest *guest, const char *target,
                                guint64 *bytes, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The path of a volume in one of the host's storage pools. Free with g_free().
 */
char *vg_guest_get_volume_path (VgGuest *guest, const char *pool,
                                const char *volume, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Sets *label to the user and group of the host's hypervisors, "+64055:+108",
 * unless a domain's own label tells others; NULL if libvirt doesn't manage
 * them, as the test driver, or a user's own libvirt. Free *label with g_free().
 */
gboolean vg_guest_get_base_label (VgGuest *guest, char **label, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the file or device with that path is a volume of one of the host's
 * active storage pools. FALSE also if libvirt can't tell. */
gboolean vg_guest_is_volume (VgGuest *guest, const char *path);

/* A number that changes when the domain is started, resumed from a saved state,
 * or migrated to this host, and when such an event may have been missed.
 * Compare it with an earlier one; never fails. It includes events that libvirt
 * sent before it answered the last call, so query the state first. */
guint vg_guest_get_epoch (VgGuest *guest);

/* Freezes a running guest's file systems through its agent, which must answer
 * within timeout_s seconds: those mounted at mountpoints (NULL-ended), or all
 * with NULL. *frozen: number of frozen file systems; those missing or not
 * freezable are skipped. VG_HOST_ERROR_AGENT if there is no agent;
 * VG_HOST_ERROR_FROZEN if somebody else has frozen the guest: don't thaw. After
 * another failure some may be frozen: thaw. After a success the agent's limit,
 * which applies to all of libvirt's clients, lasts until vg_guest_thaw(). */
gboolean vg_guest_freeze (VgGuest *guest, const char *const *mountpoints,
                          guint timeout_s, guint *frozen, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the agent says, within timeout_s seconds, that nothing is frozen.
 * FALSE also if it gives no answer. Runs no hook in the guest, as a thaw does.
 */
gboolean vg_guest_is_thawed (VgGuest *guest, guint timeout_s)
    G_GNUC_WARN_UNUSED_RESULT;

/* Thaws; succeeds if nothing is frozen, or the guest no longer exists. An error
 * of an agent that says afterwards that the guest is thawed is only a warning.
 */
gboolean vg_guest_thaw (VgGuest *guest, guint timeout_s, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Checks that no job (backup, migration, save …) is running on the domain:
 * FALSE with VG_HOST_ERROR_BUSY if one is. */
gboolean vg_guest_check_idle (VgGuest *guest, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
