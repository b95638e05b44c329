/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests as XML elements, in a domain's metadata and in its policy. */
#pragma once

#include "domain/xml.h"
#include "request/options.h"

/* Reads a request from the element's attributes and children, as allowed at
 * that place, except the attribute skip (or NULL). "<tag>a b</tag>" adds a
 * value to a list, and "<property name='KEY'>VALUE</property>" a pair. NULL
 * with VG_REQUEST_ERROR, also if something is missing. Free with
 * vg_request_free(). */
VgRequest *vg_request_read_node (xmlNode *node, VgRequestPlace place,
                                 const char *skip, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* FALSE with VG_REQUEST_ERROR_SYNTAX if the element contains anything but white
 * space and comments. */
gboolean vg_request_check_empty (xmlNode *node, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
