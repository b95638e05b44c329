/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which images bring a guest back, and its definition. */
#pragma once

#include "domain/domain.h"
#include "restore/define-plan.h"

/* The newest set that can be restored, is of the project that we authenticate
 * to, and has a definition; or the one with the image that was asked for.
 * Adds a warning (char *) for each newer set that it ignores. Free with
 * vg_image_set_free(). VG_GLANCE_ERROR_NOT_FOUND, VG_PLAN_ERROR_DISK (a guest
 * of Nova's). Blocks. */
VgImageSet *vg_define_choose_set (const VgDefine *wanted, VgGlance *glance,
                                  GPtrArray *warnings,
                                  GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The set's definition, which is of the domain with that UUID and of none of
 * Nova's; *domain is the same, parsed. VG_DOMAIN_ERROR_XML, VG_PLAN_ERROR_DISK.
 * Free with g_free(). Blocks. */
char *vg_define_read (const VgDefine *wanted, const VgImageSet *set,
                      VgGlance *glance, VgDomain **domain,
                      GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* "… a guest of Nova's …", with what helps. image: an id, or NULL. Returns
 * FALSE. */
gboolean vg_define_throw_nova (const char *uuid, const char *image,
                               GError **error);
