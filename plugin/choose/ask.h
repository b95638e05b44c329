/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A proxy's question about a request that it has for Glance, in the form of
 * forward authentication: its headers, and in X-Forwarded-Method and
 * X-Forwarded-Uri, or X-Original-Method and X-Original-URI, its method and
 * path. */
#pragma once

#include <glib.h>

typedef struct {
  gboolean upload; /* it is PUT …/v2/images/ID/file; else all else is NULL */
  char *image;     /* ID, a UUID as it was written */
  char *client_store;  /* X-Image-Meta-Store; NULL: none, or empty */
  char *base_ref;      /* X-OpenStack-Base-Image-Ref, or NULL */
  char *token;         /* X-Auth-Token: secret; or NULL */
  char *service_token; /* X-Service-Token: secret; or NULL */
  char *request_id; /* X-OpenStack-Request-ID, if it is a good one; or NULL */
  gboolean json;    /* errors are to be JSON */
} VgAsk;

/* The value of a header, with "," between several; borrowed, NULL if there is
 * none. */
typedef const char *(*VgAskHeader) (gpointer headers, const char *name);

/* Reads the question that came with that method and path (with or without a
 * query). Copies. Never NULL: what isn't understood is no upload. */
VgAsk *vg_ask_new (const char *method, const char *path, VgAskHeader get,
                   gpointer headers);
void vg_ask_free (VgAsk *ask);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgAsk, vg_ask_free)
