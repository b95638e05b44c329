/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HTTP/1.1 requests one after the other over kept connections, by libcurl.
 * Knows nothing of OpenStack but the headers that its answers carry. */
#pragma once

#include <gio/gio.h>

#include "inventory/error.h"

typedef struct _VgHttp VgHttp;

typedef struct {
  const char *cafile, *certfile, *keyfile; /* or NULL: the system's */
  gboolean insecure;                       /* believe any certificate */
  guint timeout; /* s without a byte moving before a try is given up */
  guint retries; /* after the first try */
  guint64 rate;  /* bytes a second sent at most; 0: no limit */
} VgHttpOptions;

/* Copies the options. Never NULL. */
VgHttp *vg_http_new (const VgHttpOptions *options);
void vg_http_free (VgHttp *http);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgHttp, vg_http_free)

/* The first pause before a repetition, 500 ms if never set; each further one
 * is twice as long, up to 64 times. Everything that waits (polling too)
 * counts in this unit. */
void vg_http_set_pause (VgHttp *http, guint ms);

/* Replaces options->rate for later requests. */
void vg_http_set_rate (VgHttp *http, guint64 rate);

/* A body that is sent as it is produced. */
typedef struct {
  guint64 length;
  /* Gives the next up to n bytes: 0 at the end, -1 on failure (the caller
   * remembers why; the request is then cut). */
  gssize (*pull) (gpointer data, char *buf, gsize n);
  /* Goes back to the first byte. */
  gboolean (*rewind) (gpointer data);
  gpointer data;
} VgHttpUpload;

typedef struct {
  const char *method;         /* "GET", "POST", "PUT", "PATCH", "DELETE" */
  const char *url;            /* checked by vg_url_check() */
  const char *const *headers; /* "Name: value", NULL-ended, or NULL */
  const char *content;        /* text to send, or NULL */
  const VgHttpUpload *upload; /* instead of content, or NULL */
} VgHttpRequest;

/* To be cleared, and zeroed before its first use. */
typedef struct {
  guint status; /* 0: there was no answer */
  GString *body;
  char *content_type;
  char *request_id;    /* X-Openstack-Request-Id */
  char *subject_token; /* X-Subject-Token: secret */
  guint retry_after;   /* s; 0: not told */
} VgHttpAnswer;

void vg_http_answer_clear (VgHttpAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VgHttpAnswer, vg_http_answer_clear)

/* Whether it claims to be JSON, as all that Glance and Keystone say is. */
gboolean vg_http_answer_is_json (const VgHttpAnswer *answer);

/* Asks once, and blocks. TRUE for an answer of whatever status. FALSE:
 * answer->status is 0; G_IO_ERROR_CANCELLED; VG_GLANCE_ERROR_UNAVAILABLE (no
 * connection, cut, stalled, or the upload's pull failed), ERROR_CONFIG (TLS),
 * ERROR_PROTOCOL (no HTTP, or an endless answer). */
gboolean vg_http_send (VgHttp *http, const VgHttpRequest *request,
                       VgHttpAnswer *answer, GCancellable *cancellable,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same for what may be repeated: after ERROR_UNAVAILABLE and a status
 * that may pass, as long as there are retries left. */
gboolean vg_http_call (VgHttp *http, const VgHttpRequest *request,
                       VgHttpAnswer *answer, GCancellable *cancellable,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* 408, 429, 500, 502, 503 and 504. */
gboolean vg_http_may_pass (guint status);

/* Waits before repetition number n (from 0) unless n has reached the number of
 * retries; then FALSE without an error. FALSE with an error: cancelled. */
gboolean vg_http_pause (VgHttp *http, guint n, guint retry_after,
                        GCancellable *cancellable, GError **error);

/* Waits between the nth question of a poll and the next: a quarter of that,
 * up to 16 quarters. FALSE: cancelled. */
gboolean vg_http_wait (VgHttp *http, guint n, GCancellable *cancellable,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
