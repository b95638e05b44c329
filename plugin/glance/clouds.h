/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One cloud of clouds.yaml, with what secure.yaml and clouds-public.yaml add.
 * https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html
 */
#pragma once

#include <glib.h>

#include "inventory/error.h"

typedef struct _VgCloud VgCloud;

/* Finds the cloud of that name. The first clouds.yaml that can be read is
 * taken: OS_CLIENT_CONFIG_FILE, the working folder, ~/.config/openstack,
 * /etc/openstack; secure.yaml likewise. NULL with VG_GLANCE_ERROR_CONFIG for
 * no file, a file that is no YAML (with its line), or no such cloud. */
VgCloud *vg_cloud_open (const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_cloud_free (VgCloud *cloud);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCloud, vg_cloud_free)

/* The file that it is in; borrowed. */
const char *vg_cloud_get_path (const VgCloud *cloud);

/* A setting as it is written, from its "auth" mapping or beside it; borrowed.
 * NULL where it has none, or something else than a single value. */
const char *vg_cloud_get (VgCloud *cloud, const char *key);

/* The same of a list; a single value is split at commas. Entries that are
 * mappings count by their "name". NULL where there is none. Free with
 * g_strfreev(). */
char **vg_cloud_get_list (VgCloud *cloud, const char *key);
