/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An order: what is to be done to a domain, by whoever asked for it, as it
 * waits in the spool (spool.h) for the agent. */
#pragma once

#include <glib.h>

#include "request/policy.h"
#include "request/request.h"
#include "util/json.h"

/* Of the format of the file; see ARCHITECTURE, "Formats and versions". */
#define VG_ORDER_VERSION 1

typedef enum {
  VG_ORDER_REQUEST,  /* somebody asked, by the domain's metadata */
  VG_ORDER_STOPPED,  /* the domain stopped; request->reasons says which stops
                        count */
  VG_ORDER_SNAPSHOT, /* libvirt has a new snapshot, request->from, of it */
} VgOrderKind;

typedef struct {
  char *id; /* by time of asking; NULL: not in the spool yet */
  VgOrderKind kind;
  char *uuid;         /* the domain's */
  char *domain;       /* its name, for people */
  gint64 asked;       /* s since 1970 */
  VgRequest *request; /* what is wanted; NULL where there is a problem */
  gint64 created; /* of a snapshot: s since 1970; there may be a later one of
                     that name */
  char *problem;  /* why nothing can be done, a sentence for people; or NULL */
  char *element;  /* the metadata that asked, as libvirt has it, or NULL */
} VgOrder;

/* An order of now, without a request. */
VgOrder *vg_order_new (VgOrderKind kind, const char *uuid, const char *domain);
void vg_order_free (VgOrder *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgOrder, vg_order_free)

/* As it stands in its file, and back: NULL with VG_JSON_ERROR where something
 * is missing, unknown, or not of its type, VG_JSON_ERROR_NEWER if a newer
 * virt-glance wrote it. A value that is not allowed becomes
 * the order's problem, since older versions let it into the spool. A new
 * reference; an order to be freed. */
VgJson *vg_order_to_json (const VgOrder *order);
VgOrder *vg_order_from_json (VgJson *json, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A copy of the order's request, as a job needs it: with the domain, and the
 * order's id. NULL with VG_REQUEST_ERROR_INVALID where the order has a problem,
 * or its options and the configuration's exclude each other. */
VgRequest *vg_order_to_request (const VgOrder *order, const VgConfig *config,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
