/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The request room's errors. */
#pragma once

#include <glib.h>

#define VG_REQUEST_ERROR (vg_request_error_quark ())
typedef enum {
  VG_REQUEST_ERROR_INVALID, /* a value or a combination of options is not
                               allowed; the message lists the allowed ones */
  VG_REQUEST_ERROR_SYNTAX,  /* an element, attribute or option of a request in
                               the metadata or of a policy is wrong; the message
                               says which, and what is allowed */
  VG_REQUEST_ERROR_READ,    /* a policy file can't be read */
} VgRequestError;
GQuark vg_request_error_quark (void);
