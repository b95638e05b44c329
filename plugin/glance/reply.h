/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes in a reply, within bounds: a server may send without end. */
#pragma once

#include "glance/curl-loop.h"
#include "glance/http.h"

/* Zero it but for answer and clock.limit. */
typedef struct {
  VgHttpAnswer *answer; /* gets the reply */
  gboolean too_long;    /* a bound was reached */
  gboolean refused;     /* the status tells a failure */
  gboolean announcing;  /* it is one of status 100 to 199 */
  gsize headers;        /* bytes, with those of trailers */
  guint interim;        /* number of replies that announce one */
  VgReplyClock clock;
} VgReply;

/* The seconds that a whole reply may take, with that idle timeout. */
guint vg_reply_get_limit (guint timeout);

/* Take bytes of the body, or a line of the headers or trailers. FALSE: the
 * reply is to be read no further; too_long is set unless it is a refusal, of
 * which enough is known then. */
gboolean vg_reply_take_body (VgReply *reply, const char *bytes, gsize n);
gboolean vg_reply_take_header (VgReply *reply, const char *bytes, gsize n);
