/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sources of credentials, each a layer: a VgCredentials of which what it
 * does not set is NULL. Free layers with vg_credentials_free(). */
#pragma once

#include <glib.h>

#include "glance/credentials.h"

/* The OS_ variable of that key in clouds.yaml; NULL if it is not set or empty.
 * Borrowed. */
const char *vg_layer_get_variable (const char *key);

/* Whether the OS_ variables are UTF-8. */
gboolean vg_layer_check_environment (GError **error) G_GNUC_WARN_UNUSED_RESULT;

VgCredentials *vg_layer_read_environment (void) G_GNUC_WARN_UNUSED_RESULT;

/* [glance], but for its valid_interfaces. */
VgCredentials *vg_layer_read_config (const VgConfig *config)
    G_GNUC_WARN_UNUSED_RESULT;

/* An entry of clouds.yaml; it has a source. NULL with VG_GLANCE_ERROR_CONFIG.
 */
VgCredentials *vg_layer_read_cloud (const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* from: FILE:SECTION of a service's configuration, such as nova.conf, as
 * keystoneauth loads credentials from it; it has a source. NULL with
 * VG_GLANCE_ERROR_CONFIG. */
VgCredentials *vg_layer_read_service (const char *from, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* "publicURL, internal" → "public", "internal". Takes ownership of names, which
 * may be NULL. */
char **vg_layer_normalize_interfaces (char **names);

/* Moves the settings in top over those in base; frees top. */
void vg_layer_overlay (VgCredentials *base, VgCredentials *top);
