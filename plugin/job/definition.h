/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A domain's definition, as a property of an image: see
 * VG_RECORD_DEFINITION_PROPERTY. */
#pragma once

#include "job/job.h"

/* Longest value, in bytes. Glance has 64 KiB for one (a TEXT of MySQL); lists
 * of images have them all. */
#define VG_DEFINITION_MAX ((gsize) 16 << 10)

/* The value for a definition; NULL: it would be longer than that. Free with
 * g_free(). */
char *vg_definition_pack (const char *xml);

/* The definition of a value, which is untrusted. VG_DOMAIN_ERROR_XML if it is
 * none, or longer than a domain's XML may be. Free with g_free(). */
char *vg_definition_unpack (const char *value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The value for the job's images, if the definition is to be kept with them by
 * the configuration and request: of a persistent domain of which Nova has no
 * record, for images that only their owner sees, and for the present disks.
 * Asks libvirt. NULL, with a warning added to warnings (of char *), if the
 * definition can't be kept. Free with g_free(). */
char *vg_definition_keep (const VgJob *job, const VgPlanSources *sources,
                          GPtrArray *warnings);
