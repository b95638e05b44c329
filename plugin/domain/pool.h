/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A storage pool's XML: https://libvirt.org/formatstorage.html */
#pragma once

#include <glib.h>

#include "domain/error.h"

/* The directory of a pool whose volumes are files in one (dir, fs, netfs); name
 * is for messages. NULL with VG_DOMAIN_ERROR_XML if it is another one. Free
 * with g_free(). */
char *vg_pool_get_directory (const char *xml, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
