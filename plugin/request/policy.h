/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Policies: what is to be done when something happens to a domain. They are in
 * its <metadata>, where virsh and libvirt put them, or in files of the host,
 * since Nova rewrites the metadata. See virt-glance-policy(7). Everything in
 * them is untrusted: what is unknown or malformed is an error, never ignored.
 */
#pragma once

#include "domain/domain.h"
#include "request/event.h"

/* Sets *request to what the domain's policy wants when event happens: what its
 * own policy element says, else the first section of the files
 * FOLDER/NAME.conf, in the order of their names, that is about this event and
 * this domain. *request is NULL where nothing is wanted. FALSE with
 * VG_REQUEST_ERROR where the policy element, or a file that was read, is wrong.
 * Free *request with vg_request_free(). Reads files, and nothing else. */
gboolean vg_policy_find (const VgDomain *domain, VgEvent event,
                         const char *folder, VgRequest **request,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
