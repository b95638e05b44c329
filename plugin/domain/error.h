/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The errors of reading a domain. */
#pragma once

#include <glib.h>

#define VG_DOMAIN_ERROR (vg_domain_error_quark ())
typedef enum {
  VG_DOMAIN_ERROR_XML,     /* not a domain's XML; nothing can be made of it */
  VG_DOMAIN_ERROR_NO_DISK, /* the domain has no disk that can be snapshotted */
  VG_DOMAIN_ERROR_UNKNOWN_DISK, /* no disk of that name; the message lists */
} VgDomainError;
GQuark vg_domain_error_quark (void);
