/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which elements of a domain's XML name nothing of the host. Private to the
 * room. */
#pragma once

#include "domain/xml.h"

/* Removes what isn't known to be harmless, and adds it to left_out (char *).
 * Disks are left as they are. FALSE: not even the type of the domain is. */
gboolean vg_harmless_filter (xmlNode *root, GPtrArray *left_out);

/* Adds the element, as XML that is cut if it is long, to left_out. */
void vg_harmless_note (xmlNode *node, GPtrArray *left_out);
