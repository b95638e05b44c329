/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A cloud in clouds.yaml, with its settings from secure.yaml and
 * clouds-public.yaml.
 * https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html
 */
#pragma once

#include <glib.h>

#include "inventory/error.h"

typedef struct _VgCloud VgCloud;

/* Finds the cloud of that name in the first readable clouds.yaml:
 * OS_CLIENT_CONFIG_FILE, the working directory, ~/.config/openstack,
 * /etc/openstack; likewise for secure.yaml. NULL with VG_GLANCE_ERROR_CONFIG
 * for no file, invalid YAML (with the line), or an unknown cloud. */
VgCloud *vg_cloud_open (const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_cloud_free (VgCloud *cloud);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCloud, vg_cloud_free)

/* Path of the cloud's clouds.yaml; borrowed. */
const char *vg_cloud_get_path (const VgCloud *cloud);

/* A setting's text, from the "auth" mapping or outside it; borrowed. NULL if it
 * is missing or not a scalar. */
const char *vg_cloud_get (VgCloud *cloud, const char *key);

/* A list; a scalar is split at commas. Entries that are mappings give their
 * "name". NULL if missing. Free with g_strfreev(). */
char **vg_cloud_get_list (VgCloud *cloud, const char *key);
