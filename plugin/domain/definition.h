/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A domain's definition, as it is kept with a backup. */
#pragma once

#include <glib.h>

#include "domain/error.h"

/* The definition (libvirt's inactive XML) without what is or may be secret, and
 * without our own requests and answers in its metadata: passwords, cookies,
 * QEMU's command line, what firmware and SMBIOS hand to the guest. Names of
 * libvirt's secrets (UUIDs) stay. VG_DOMAIN_ERROR_XML. Free with g_free().
 * https://libvirt.org/formatdomain.html */
char *vg_definition_clean (const char *xml, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
