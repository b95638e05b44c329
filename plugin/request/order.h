/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An order: an action requested for a domain. It waits in the spool (spool.h)
 * for the agent. */
#pragma once

#include <glib.h>

#include "request/policy.h"
#include "request/request.h"
#include "util/json.h"

/* The file format's version; see ARCHITECTURE, "Formats and versions". */
#define VG_ORDER_VERSION 1

typedef enum {
  VG_ORDER_REQUEST, /* requested in the domain's metadata */
  VG_ORDER_STOPPED, /* the domain stopped; request->reasons lists the stops that
                       count */
  VG_ORDER_SNAPSHOT, /* libvirt has a new snapshot of it, request->from */
} VgOrderKind;

typedef struct {
  char *id; /* sorts by time of the request; NULL: not in the spool yet */
  VgOrderKind kind;
  char *uuid;         /* the domain's */
  char *domain;       /* its name, for people */
  gint64 asked;       /* s since 1970 */
  VgRequest *request; /* NULL if there is a problem */
  guint tries;        /* that have failed */
  gint64 tried;       /* the end of the last of them, s since 1970 */
  gint64 created; /* of a snapshot: s since 1970; a later snapshot may have the
                     same name */
  char *problem;  /* why the order can't be carried out, a sentence for people;
                     or NULL */
  char *
      element; /* the element in the metadata, as libvirt returns it, or NULL */
} VgOrder;

/* An order with the current time, without a request. */
VgOrder *vg_order_new (VgOrderKind kind, const char *uuid, const char *domain);
void vg_order_free (VgOrder *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgOrder, vg_order_free)

/* Converts an order to and from the JSON in its file. NULL with VG_JSON_ERROR
 * if something is missing, unknown, or has the wrong type, VG_JSON_ERROR_NEWER
 * if a newer virt-glance wrote it. A value that is not allowed becomes the
 * order's problem: older versions let such values into the spool. Returns a new
 * reference; an order to free. */
VgJson *vg_order_to_json (const VgOrder *order);
VgOrder *vg_order_from_json (VgJson *json, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A copy of the order's request for a job, with the domain and the order's id.
 * NULL with VG_REQUEST_ERROR_INVALID if the order has a problem, or its options
 * conflict with each other or with the configuration's. */
VgRequest *vg_order_to_request (const VgOrder *order, const VgConfig *config,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
