/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wishes as XML elements: requests in a domain's metadata, and answers of a
 * policy. */
#pragma once

#include "domain/xml.h"
#include "request/wish.h"

/* Sets all that the element's attributes say, but for the attribute that is to
 * be skipped (or NULL). Likewise; and FALSE where something is in the
 * element, or missing. */
gboolean vg_wish_set_attributes (VgWish *wish, VgWords words, xmlNode *node,
                                 const char *skip, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Fails unless nothing but white space and comments is in the element. */
gboolean vg_wish_check_empty (xmlNode *node, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
