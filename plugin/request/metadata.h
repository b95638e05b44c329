/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests in a domain's metadata. See virt-glance-policy(7). */
#pragma once

#include "request/request.h"

/* The namespaces of the elements. */
#define VG_REQUEST_URI "urn:virt-glance:request"
#define VG_STATUS_URI "urn:virt-glance:status"

/* Begins all of them, and those that somebody took for one of them. */
#define VG_ANY_URI "urn:virt-glance"

/* Parses a request element, such as "<snapshot name='x'/>" or "<backup
 * type='daily' rotation='7'/>", in any namespace. NULL with VG_REQUEST_ERROR or
 * VG_DOMAIN_ERROR_XML. */
VgRequest *vg_request_parse (const char *xml, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
