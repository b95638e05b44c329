/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which hypervisor libvirt drives on a host, and what confines it. */
#pragma once

#include "host/host.h"

typedef struct {
  char *driver;      /* libvirt's name: "QEMU", "Test" */
  gulong libvirt;    /* version of its daemon, 1000000 * major + 1000 * minor +
                        release */
  gulong hypervisor; /* the same of the hypervisor; 0: libvirt can't tell */
  gboolean apparmor; /* AppArmor confines the hypervisor's processes */
} VgHostDescription;

void vg_host_description_clear (VgHostDescription *description);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VgHostDescription, vg_host_description_clear)

/* Asks libvirt. VG_HOST_ERROR. Blocks.
 * https://libvirt.org/html/libvirt-libvirt-host.html */
gboolean vg_host_describe (VgHost *host, VgHostDescription *description,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "9.0.0". Free with g_free(). */
char *vg_host_version_to_string (gulong version);
