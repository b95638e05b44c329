/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors of the rooms glance and inventory, and of the choice of a store,
 * grouped by the caller's possible reactions. */
#pragma once

#include <glib.h>

#define VG_GLANCE_ERROR (vg_glance_error_quark ())
typedef enum {
  VG_GLANCE_ERROR_CONFIG,      /* no or contradictory credentials, invalid URL
                                  or clouds.yaml: the user must fix the
                                  configuration */
  VG_GLANCE_ERROR_AUTH,        /* Keystone or Glance refuse our
                                  authentication */
  VG_GLANCE_ERROR_FORBIDDEN,   /* 403: policy forbids it */
  VG_GLANCE_ERROR_NOT_FOUND,   /* 404, 410: deleted, or not visible */
  VG_GLANCE_ERROR_CONFLICT,    /* 409: in another state than expected */
  VG_GLANCE_ERROR_STORE,       /* unknown store, or not writable */
  VG_GLANCE_ERROR_QUOTA,       /* 413: a quota, size cap or full store */
  VG_GLANCE_ERROR_CONTENT,     /* 415: Glance inspected the data and refused
                                  them; the image record is useless, delete
                                  it */
  VG_GLANCE_ERROR_UNAVAILABLE, /* unreachable, 429, 5xx, connection cut or
                                  stalled; all retries failed */
  VG_GLANCE_ERROR_PROTOCOL,    /* unexpected protocol: HTML, 300, another 4xx,
                                  invalid JSON; not Glance (or Keystone) */
  VG_GLANCE_ERROR_INTEGRITY,   /* data received differ from data sent */
  VG_GLANCE_ERROR_LOCATION,    /* Glance accepts no locations from us; the image
                                  is still queued: upload it */
  VG_GLANCE_ERROR_STUCK, /* an upload failed, and Glance keeps the image in the
                            state "saving": upload to a new image */
} VgGlanceError;
GQuark vg_glance_error_quark (void);
