/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A section of an OpenStack service's configuration file, such as nova.conf, as
 * oslo.config reads it: "key = value" or "key: value", lines that continue the
 * one before, comments that begin with # or ;, quotes around a value, the last
 * of several values.
 * https://docs.openstack.org/oslo.config/latest/configuration/format.html
 */
#pragma once

#include <glib.h>

#include "inventory/error.h"

typedef struct _VgServiceConfig VgServiceConfig;

/* Reads the section of the file. Other sections may have what values they like,
 * but each line of the file must have the form of one. NULL with
 * VG_GLANCE_ERROR_CONFIG: the file can't be read, a line has no such form
 * ("FILE:LINE: ..."), or there is no such section. */
VgServiceConfig *vg_service_config_read (const char *path, const char *section,
                                         GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_service_config_free (VgServiceConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgServiceConfig, vg_service_config_free)

/* Stores a copy of the key's value, "$$" in it replaced by "$"; NULL if it is
 * not set or empty. Free with vg_secret_free(). FALSE with
 * VG_GLANCE_ERROR_CONFIG if the value refers to another option ("$my_ip"),
 * which only the service can resolve. */
gboolean vg_service_config_get (const VgServiceConfig *config, const char *key,
                                char **value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
