/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors of parsing a domain. */
#pragma once

#include <glib.h>

#define VG_DOMAIN_ERROR (vg_domain_error_quark ())
typedef enum {
  VG_DOMAIN_ERROR_XML,          /* not the XML of a domain */
  VG_DOMAIN_ERROR_NO_DISK,      /* no disk that can be snapshotted */
  VG_DOMAIN_ERROR_UNKNOWN_DISK, /* no disk of that name; the message lists the
                                   disks */
} VgDomainError;
GQuark vg_domain_error_quark (void);
