/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The upload: a PUT with a Content-Length, hashed while it is sent. The result
 * of a try is decided by the image's record, not by Glance's answer: the image
 * may be active although the answer was lost, saving while Glance still works
 * or cleans up, queued if it can be retried. */
#include <string.h>

#include "glance/fault.h"
#include "glance/hash.h"
#include "glance/http-retry.h"
#include "glance/session.h"
#include "util/text.h"

#define DEFAULT_ALGORITHM "sha512"
#define PROGRESS_EVERY (100 * (gint64) 1000) /* µs */
#define REHASH_BUFFER (256 * 1024)           /* bytes */
#define DEFAULT_PATIENCE 60                  /* s */
#define PATIENCE_AFTER_ANSWER 3              /* s */
#define PATIENCE_AFTER_CUT 10                /* s */
#define MAX_SHOWN 80

typedef struct {
  VgGlance *glance;
  const VgUpload *upload;
  VgBody *body;
  GCancellable *cancellable;
  char *action; /* "upload image X to store "fast"" */
  const char *algorithm;
  VgHash *hash;
  guint64 sent;
  gint64 told; /* last progress call, monotonic µs */
  GError *body_error;
  guint tries;      /* including the current one */
  gboolean renewed; /* the token, after a 401 */
} Transfer;

typedef enum {
  FAILED, /* permanently; the error is set */
  AGAIN,  /* queued; the error has the reason of this try's failure */
  ACTIVE,
} Outcome;

static void
report_progress (Transfer *transfer, gboolean now)
{
  gint64 time = g_get_monotonic_time ();

  if (transfer->upload->progress == NULL
      || (!now && time - transfer->told < PROGRESS_EVERY))
    return;
  transfer->told = time;
  transfer->upload->progress (transfer->sent, transfer->body->length,
                              transfer->upload->progress_data);
}

static gssize
pull_body (gpointer data, char *buf, gsize n)
{
  Transfer *transfer = data;
  guint64 left = transfer->body->length - transfer->sent;
  gssize got;

  if (left == 0)
    return 0;
  got =
      vg_body_read (transfer->body, buf, MIN (n, left), &transfer->body_error);
  if (got == 0)
    g_set_error (&transfer->body_error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT,
                 "can't %s: its data ended after %" G_GUINT64_FORMAT
                 " of %" G_GUINT64_FORMAT " bytes",
                 transfer->action, transfer->sent, transfer->body->length);
  if (got <= 0)
    return -1;
  vg_hash_update (transfer->hash, buf, (gsize) got);
  transfer->sent += (guint64) got;
  /* What Glance does with the last bytes may take long. */
  report_progress (transfer, transfer->sent == transfer->body->length);
  return got;
}

static gboolean
rewind_body (gpointer data)
{
  Transfer *transfer = data;

  vg_hash_reset (transfer->hash);
  transfer->sent = 0;
  return vg_body_rewind (transfer->body, &transfer->body_error);
}

/* Sends one PUT. */
static gboolean
put_file (Transfer *transfer, VgHttpAnswer *answer, GError **error)
{
  VgGlance *glance = transfer->glance;
  const VgUpload *upload = transfer->upload;
  VgHttpUpload stream = { .length = transfer->body->length,
                          .pull = pull_body,
                          .rewind = rewind_body,
                          .data = transfer };
  g_autofree char *id = g_uri_escape_string (upload->image_id, NULL, FALSE);
  g_autofree char *url =
      g_strconcat (glance->endpoint, "/v2/images/", id, "/file", NULL);
  g_autofree char *size = g_strdup_printf (
      "X-OpenStack-Image-Size: %" G_GUINT64_FORMAT, stream.length);
  g_autofree char *store = g_strconcat (
      "X-Image-Meta-Store: ", upload->store ? upload->store : "", NULL);
  g_autofree char *base = g_strconcat (
      "X-OpenStack-Base-Image-Ref: ", upload->base_ref ? upload->base_ref : "",
      NULL);
  char *token = vg_session_token_header (glance);
  const char *headers[6] = { "Content-Type: application/octet-stream", size };
  VgHttpRequest request = {
    .method = "PUT", .url = url, .headers = headers, .upload = &stream
  };
  VgSecrets secrets;
  guint n = 2;
  gboolean answered;

  if (upload->store != NULL)
    headers[n++] = store;
  if (upload->base_ref != NULL)
    headers[n++] = base;
  if (token != NULL)
    headers[n++] = token;
  vg_session_fill_secrets (glance, secrets);
  request.secrets = secrets;
  answered = vg_http_send (glance->http, &request, answer,
                           transfer->cancellable, error);
  vg_secret_free (token);
  return answered;
}

static guint
get_timeout (const Transfer *transfer)
{
  guint seconds = transfer->glance->config->timeout;

  return seconds > 0 ? seconds : DEFAULT_PATIENCE;
}

/* How long an image that is saving may become active after a PUT with that
 * status (0: no answer), in s. The guest's instant is held meanwhile. After a
 * failure Glance is done with the request, and so it is, soon, after a cut. */
static guint
get_patience (const Transfer *transfer, guint status)
{
  guint timeout = get_timeout (transfer);

  if (status == 0)
    return MIN (timeout, PATIENCE_AFTER_CUT);
  return status >= 500 && status != 504 ? MIN (timeout, PATIENCE_AFTER_ANSWER)
                                        : timeout;
}

/* Polls until the image is no longer saving. Returns its record, which is still
 * saving after that patience. NULL if it can't be read; an unavailable Glance
 * has until the timeout to come back. */
static VgImageRecord *
wait_while_saving (Transfer *transfer, guint status, GError **error)
{
  gint64 now = g_get_monotonic_time ();
  gint64 end = now + (gint64) get_patience (transfer, status) * G_USEC_PER_SEC;
  gint64 back = now + (gint64) get_timeout (transfer) * G_USEC_PER_SEC;

  for (guint n = 0;; n++) {
    g_autoptr (GError) why = NULL;
    g_autoptr (VgImageRecord) record =
        vg_glance_get_image (transfer->glance, transfer->upload->image_id,
                             transfer->cancellable, &why);
    gboolean open = record != NULL
                        ? strcmp (record->status, "saving") == 0
                        : g_error_matches (why, VG_GLANCE_ERROR,
                                           VG_GLANCE_ERROR_UNAVAILABLE);

    if (!open || g_get_monotonic_time () >= (record != NULL ? end : back)) {
      if (why != NULL)
        g_propagate_error (error, g_steal_pointer (&why));
      return g_steal_pointer (&record);
    }
    if (!vg_http_wait (transfer->glance->http, n, transfer->cancellable, error))
      return NULL;
  }
}

static Outcome
set_failure (Transfer *transfer, GError **error, VgGlanceError code,
             const char *why)
{
  g_clear_error (error);
  g_set_error (error, VG_GLANCE_ERROR, (gint) code, "can't %s: %s",
               transfer->action, why);
  return FAILED;
}

/* Keeps what Glance said, if it has said anything. */
static Outcome
set_saving (Transfer *transfer, GError **error)
{
  static const char why[] = "the image stays in the state 'saving'; try again";
  g_autofree char *said = NULL;

  if (*error == NULL)
    return set_failure (transfer, error, VG_GLANCE_ERROR_STUCK, why);
  said = g_strdup ((*error)->message);
  g_clear_error (error);
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STUCK, "%s; %s", said,
               why);
  return FAILED;
}

/* Determines the result of a try from the image's state. answered: the status,
 * or 0; error: the reason of the failure, or empty if the PUT succeeded. */
static Outcome
check_image (Transfer *transfer, guint answered, VgImageRecord **record,
             GError **error)
{
  g_autoptr (GError) unread = NULL;
  g_autofree char *status = NULL, *why = NULL;

  *record = wait_while_saving (transfer, answered, &unread);
  if (*record == NULL) {
    if (g_error_matches (unread, VG_GLANCE_ERROR, VG_GLANCE_ERROR_NOT_FOUND))
      return set_failure (transfer, error, VG_GLANCE_ERROR_NOT_FOUND,
                          "the image was deleted meanwhile; try again");
    if (*error == NULL || unread->domain == G_IO_ERROR) {
      g_clear_error (error);
      g_propagate_error (error, g_steal_pointer (&unread));
    } else if (transfer->glance->token == NULL) {
      /* Glance refused the token, but that is not what is wrong. */
      g_clear_error (error);
      g_propagate_prefixed_error (error, g_steal_pointer (&unread),
                                  "can't %s: ", transfer->action);
    }
    return FAILED;
  }
  if (strcmp ((*record)->status, "active") == 0) {
    g_clear_error (error);
    return ACTIVE;
  }
  if (strcmp ((*record)->status, "queued") == 0) {
    if ((*record)->os_hash_value != NULL)
      return set_failure (
          transfer, error, VG_GLANCE_ERROR_CONTENT,
          "Glance inspected the data and rejected it, because its content does "
          "not match disk_format; another format may work");
    if (*error == NULL)
      set_failure (transfer, error, VG_GLANCE_ERROR_UNAVAILABLE,
                   "Glance reported success, but the image is still queued");
    return AGAIN;
  }
  if (strcmp ((*record)->status, "saving") == 0)
    return set_saving (transfer, error);
  status = vg_session_show (transfer->glance, (*record)->status, MAX_SHOWN);
  why = g_strdup_printf (
      "the image is in the state '%s' instead of 'queued'; see Glance's log",
      status);
  return set_failure (transfer, error, VG_GLANCE_ERROR_CONFLICT, why);
}

/* A 400 concerns the store if its text mentions the store. */
static gboolean
is_about_store (const VgUpload *upload, const VgHttpAnswer *answer)
{
  g_autofree char *words = vg_fault_words (answer, NULL);
  g_autofree char *lower = words ? g_ascii_strdown (words, -1) : NULL;

  return upload->store != NULL && lower != NULL
         && (strstr (lower, "store") != NULL || strstr (lower, "scheme") != NULL
             || strstr (words, upload->store) != NULL);
}

/* Determines the result of a refused PUT from the status and the image's
 * state. */
static Outcome
check_refusal (Transfer *transfer, const VgHttpAnswer *answer,
               VgImageRecord **record, GError **error)
{
  Outcome outcome;

  switch (answer->status) {
  case 400:
    if (is_about_store (transfer->upload, answer))
      (*error)->code = VG_GLANCE_ERROR_STORE;
    return FAILED;
  case 401:
    outcome = check_image (transfer, answer->status, record, error);
    if (outcome != AGAIN || transfer->renewed)
      return outcome == AGAIN ? FAILED : outcome;
    transfer->renewed = TRUE;
    return vg_session_forget (transfer->glance) ? AGAIN : FAILED;
  case 409:
    outcome = check_image (transfer, answer->status, record, error);
    if (outcome != ACTIVE || transfer->tries > 1)
      return outcome;
    return set_failure (transfer, error, VG_GLANCE_ERROR_CONFLICT,
                        "the image has its data already");
  case 410:
    outcome = check_image (transfer, answer->status, record, error);
    if (outcome == AGAIN) /* the image exists: the store is gone */
      (*error)->code = VG_GLANCE_ERROR_STORE;
    return outcome == AGAIN ? FAILED : outcome;
  default:
    return vg_http_may_pass (answer->status)
               ? check_image (transfer, answer->status, record, error)
               : FAILED;
  }
}

static Outcome
try_upload (Transfer *transfer, VgImageRecord **record, guint *retry_after,
            GError **error)
{
  g_auto (VgHttpAnswer) answer = { 0 };
  gboolean answered;

  if (!vg_session_refresh (transfer->glance, transfer->cancellable, error)) {
    if (*error != NULL && (*error)->domain == VG_GLANCE_ERROR)
      g_prefix_error (error, "can't %s: ", transfer->action);
    return FAILED;
  }
  if (transfer->tries++ > 0 && !rewind_body (transfer)) {
    g_propagate_error (error, g_steal_pointer (&transfer->body_error));
    return FAILED;
  }
  report_progress (transfer, TRUE);
  answered = put_file (transfer, &answer, error);
  *retry_after = answer.retry_after;
  if (transfer->body_error != NULL) {
    g_clear_error (error);
    g_propagate_error (error, g_steal_pointer (&transfer->body_error));
    return FAILED;
  }
  if (!answered) {
    if (!g_error_matches (*error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE))
      return FAILED;
    g_prefix_error (error, "can't %s: ", transfer->action);
    return check_image (transfer, answer.status, record, error);
  }
  if (answer.status >= 200 && answer.status < 300)
    return check_image (transfer, answer.status, record, error);
  vg_session_throw (transfer->glance, transfer->action, &answer, error);
  return check_refusal (transfer, &answer, record, error);
}

static void
append_tries (GError *error, guint tries)
{
  g_autofree char *message = error->message;

  error->message = g_strdup_printf ("%s (tried %u times)", message, tries);
}

/* Repeats tries as necessary. Returns the record of the active image. */
static VgImageRecord *
try_until_active (Transfer *transfer, GError **error)
{
  for (guint n = 0;; n++) {
    g_autoptr (VgImageRecord) record = NULL;
    g_autoptr (GError) why = NULL;
    guint retry_after = 0;
    Outcome outcome = try_upload (transfer, &record, &retry_after, &why);

    if (outcome == ACTIVE)
      return g_steal_pointer (&record);
    if (outcome == AGAIN) {
      g_autoptr (GError) cancelled = NULL;

      if (vg_http_pause (transfer->glance->http, n, retry_after,
                         transfer->cancellable, &cancelled))
        continue;
      if (cancelled != NULL) {
        g_clear_error (&why);
        why = g_steal_pointer (&cancelled);
      } else if (n > 0) {
        append_tries (why, n + 1);
      }
    }
    g_propagate_error (error, g_steal_pointer (&why));
    return NULL;
  }
}

/* Reads the body once more to hash it with another algorithm. */
static char *
rehash (Transfer *transfer, const char *algorithm, GError **error)
{
  g_autoptr (VgHash) hash = vg_hash_new (algorithm);
  g_autofree char *buf = g_malloc (REHASH_BUFFER);
  gssize n;

  if (hash == NULL) {
    g_autofree char *shown =
        vg_session_show (transfer->glance, algorithm, MAX_SHOWN);

    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_INTEGRITY,
                 "can't %s: Glance's hash algorithm '%s' is unknown, so the "
                 "upload can't be verified",
                 transfer->action, shown);
    return NULL;
  }
  if (!vg_body_rewind (transfer->body, error))
    return NULL;
  do {
    if (g_cancellable_set_error_if_cancelled (transfer->cancellable, error))
      return NULL;
    n = vg_body_read (transfer->body, buf, REHASH_BUFFER, error);
    if (n > 0)
      vg_hash_update (hash, buf, (gsize) n);
  } while (n > 0);
  return n == 0 ? vg_hash_finish (hash) : NULL;
}

static gboolean
throw_mismatch (const Transfer *transfer, const char *what, const char *sent,
                const char *arrived, GError **error)
{
  g_autofree char *shown = vg_session_show (transfer->glance, arrived, 140);

  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_INTEGRITY,
               "can't %s: Glance received other data than were sent: the %s is "
               "%s, but should be %s; try again",
               transfer->action, what, shown, sent);
  return FALSE;
}

/* Compares Glance's size and hash with those of the data sent. */
static gboolean
verify_upload (Transfer *transfer, const VgImageRecord *record, GError **error)
{
  const char *algorithm = record->os_hash_algo;
  const char *theirs = record->os_hash_value;
  g_autofree char *sum = vg_hash_finish (transfer->hash);

  if (record->size != transfer->body->length) {
    g_autofree char *sent =
        g_strdup_printf ("%" G_GUINT64_FORMAT, transfer->body->length);
    g_autofree char *arrived =
        g_strdup_printf ("%" G_GUINT64_FORMAT, record->size);

    return throw_mismatch (transfer, "size in bytes", sent, arrived, error);
  }
  if (theirs == NULL) { /* older than Rocky, or hashing is disabled */
    algorithm = "md5";
    theirs = record->checksum;
  }
  if (theirs == NULL)
    return TRUE;
  if (algorithm == NULL)
    algorithm = DEFAULT_ALGORITHM;
  /* Another algorithm, or not all of the body was hashed in the last try. */
  if (g_ascii_strcasecmp (algorithm, transfer->algorithm) != 0
      || transfer->sent != transfer->body->length) {
    g_free (sum);
    sum = rehash (transfer, algorithm, error);
    if (sum == NULL)
      return FALSE;
  }
  return g_ascii_strcasecmp (sum, theirs) == 0
         || throw_mismatch (transfer, algorithm, sum, theirs, error);
}

VgImageRecord *
vg_glance_upload (VgGlance *glance, const VgUpload *upload, VgBody *body,
                  GCancellable *cancellable, GError **error)
{
  Transfer transfer = {
    .glance = glance, .upload = upload, .body = body, .cancellable = cancellable
  };
  g_autofree char *id = vg_text_clean (upload->image_id, MAX_SHOWN);
  g_autofree char *store = vg_text_clean (upload->store, MAX_SHOWN);
  g_autofree char *action =
      upload->store != NULL
          ? g_strdup_printf ("upload image %s to store '%s'", id, store)
          : g_strdup_printf ("upload image %s to Glance's default store", id);
  g_autoptr (VgImageRecord) record = NULL;

  transfer.action = action;
  transfer.algorithm = upload->hash_algo;
  if (transfer.algorithm != NULL)
    transfer.hash = vg_hash_new (transfer.algorithm);
  if (transfer.hash == NULL) {
    transfer.algorithm = DEFAULT_ALGORITHM;
    transfer.hash = vg_hash_new (transfer.algorithm);
  }
  record = try_until_active (&transfer, error);
  if (record != NULL && !verify_upload (&transfer, record, error))
    g_clear_pointer (&record, vg_image_record_free);
  if (record != NULL)
    report_progress (&transfer, TRUE);
  vg_hash_free (transfer.hash);
  g_clear_error (&transfer.body_error);
  return g_steal_pointer (&record);
}
