/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sequential HTTP/1.1 requests over persistent connections, with libcurl. The
 * only OpenStack-specific part is the answers' headers. */
#pragma once

#include <gio/gio.h>

#include "glance/pace.h"
#include "inventory/error.h"

typedef struct _VgHttp VgHttp;

typedef struct {
  const char *cafile, *certfile, *keyfile; /* or NULL: the system's */
  gboolean insecure;                       /* accept any certificate */
  guint timeout;                           /* idle timeout, in s */
  guint retries;                           /* in addition to the first try */
  guint64 rate; /* upload limit in bytes per second; 0: none */
} VgHttpOptions;

/* Copies the options. Never returns NULL. */
VgHttp *vg_http_new (const VgHttpOptions *options);
void vg_http_free (VgHttp *http);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgHttp, vg_http_free)

/* Sets the pause before the first retry, 500 ms by default. Each further pause
 * is twice as long, up to 64 times. All waiting (polling too) is based on this
 * unit. */
void vg_http_set_pause (VgHttp *http, guint ms);

/* That pause, in ms; and the number of retries from the options. */
guint vg_http_get_pause (const VgHttp *http);
guint vg_http_get_retries (const VgHttp *http);

/* Replaces options->rate for later requests. */
void vg_http_set_rate (VgHttp *http, guint64 rate);

/* Keeps later uploads to a rate that is asked for, besides that one; ask NULL:
 * no more. data is borrowed. */
void vg_http_set_pace (VgHttp *http, VgPaceRate ask, gpointer data);

/* A body that is produced while it is sent. */
typedef struct {
  guint64 length;
  /* Returns up to n next bytes: 0 at the end, -1 on failure (the caller keeps
   * the reason; the request is cut). */
  gssize (*pull) (gpointer data, char *buf, gsize n);
  /* Goes back to the first byte. */
  gboolean (*rewind) (gpointer data);
  gpointer data;
} VgHttpUpload;

/* Takes the body of a successful reply while it comes, instead of the answer's
 * own body: status is 2xx, content_range the header, or NULL. FALSE: the
 * request is to be cut (the caller keeps the reason). */
typedef struct {
  gboolean (*take) (gpointer data, guint status, const char *content_range,
                    const char *bytes, gsize n);
  gpointer data;
} VgHttpDownload;

typedef struct {
  const char *method;             /* "GET", "POST", "PUT", "PATCH", "DELETE" */
  const char *url;                /* checked by vg_url_check() */
  const char *const *headers;     /* "Name: value", NULL-terminated; or NULL */
  const char *content;            /* request body, or NULL */
  const VgHttpUpload *upload;     /* instead of content, or NULL */
  const VgHttpDownload *download; /* or NULL */
  const char *const *secrets;     /* that no message may have; or NULL */
  guint grace; /* s to wait for the answer after a cancellation; 0: none */
} VgHttpRequest;

/* Zero it before its first use, and clear it afterwards. */
typedef struct {
  guint status; /* 0: no answer */
  GString *body;
  char *content_type;
  char *request_id;    /* X-Openstack-Request-Id */
  char *content_range; /* Content-Range: "bytes 0-9/10" */
  char *subject_token; /* X-Subject-Token: secret */
  guint retry_after;   /* s; 0: not given */
  gboolean unanswered; /* the request, or one of its tries, was sent, but the
                          server itself did not answer: it may still do what
                          was requested. Also set on FALSE */
} VgHttpAnswer;

void vg_http_answer_clear (VgHttpAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VgHttpAnswer, vg_http_answer_clear)

/* Whether the content type is JSON, as in all answers of Glance and
 * Keystone. */
gboolean vg_http_answer_is_json (const VgHttpAnswer *answer);

/* Sends a request once, and blocks. TRUE for an answer of any status. On FALSE
 * answer->status is 0: G_IO_ERROR_CANCELLED; VG_GLANCE_ERROR_UNAVAILABLE (no
 * connection, cut, stalled, or the upload's pull failed), ERROR_CONFIG (TLS),
 * ERROR_PROTOCOL (no HTTP, or answer too long). */
gboolean vg_http_send (VgHttp *http, const VgHttpRequest *request,
                       VgHttpAnswer *answer, GCancellable *cancellable,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
