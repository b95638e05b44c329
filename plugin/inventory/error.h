/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The errors of the rooms glance and inventory, and of the choice of a store,
 * by what the caller can do about them. */
#pragma once

#include <glib.h>

#define VG_GLANCE_ERROR (vg_glance_error_quark ())
typedef enum {
  VG_GLANCE_ERROR_CONFIG,      /* no or contradictory credentials, bad URL, a
                                  bad clouds.yaml: the user mends the setup */
  VG_GLANCE_ERROR_AUTH,        /* Keystone or Glance don't accept who we are */
  VG_GLANCE_ERROR_FORBIDDEN,   /* 403: policy says no */
  VG_GLANCE_ERROR_NOT_FOUND,   /* 404, 410: gone, or not visible */
  VG_GLANCE_ERROR_CONFLICT,    /* 409: in another state than expected */
  VG_GLANCE_ERROR_STORE,       /* no such store, or it can't be written */
  VG_GLANCE_ERROR_QUOTA,       /* 413: a quota, size cap or full store */
  VG_GLANCE_ERROR_CONTENT,     /* 415: Glance looked inside and said no; the
                                  image record is useless, delete it */
  VG_GLANCE_ERROR_UNAVAILABLE, /* can't be reached, 429, 5xx, cut or stalled;
                                  all retries are used up */
  VG_GLANCE_ERROR_PROTOCOL,    /* that isn't Glance (or Keystone) speaking:
                                  HTML, 300, another 4xx, unreadable JSON */
  VG_GLANCE_ERROR_INTEGRITY,   /* what arrived is not what was sent */
  VG_GLANCE_ERROR_LOCATION,    /* it takes no locations from us; the image is
                                  queued as before: upload it */
} VgGlanceError;
GQuark vg_glance_error_quark (void);
