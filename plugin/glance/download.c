/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GETs with a Range from the second try on. Glance answers a Range with 206,
 * and where the store's driver can't read from the middle, with 400; a proxy
 * may ignore it, and answer with 200 and all bytes. */
#include "glance/download.h"

#include <string.h>

#include "glance/http-retry.h"
#include "glance/session.h"
#include "glance/write-behind.h"
#include "util/text.h"

#define PROGRESS_EVERY (100 * (gint64) 1000) /* µs */
#define MAX_SHOWN 80

/* A try that brings at least this share of the image was worth while. */
#define WORTH 64

typedef struct {
  VgGlance *glance;
  const VgDownload *download;
  GCancellable *cancellable;
  const char *action;
  VgWriteBehind *writer;
  guint64 size; /* of the image */
  guint64 got;
  guint64 most;     /* got at the end of the best try so far */
  gint64 told;      /* last progress call, monotonic µs */
  gboolean begun;   /* the present try has brought bytes */
  gboolean whole;   /* Ranges are of no use: begin again */
  gboolean renewed; /* the token, after a 401 */
  GError *wrong;    /* found in the data of this try */
} Transfer;

typedef enum {
  FAILED, /* permanently; the error is set */
  AGAIN,  /* the error has the reason */
  NOW,    /* again, without a pause: another way is left */
  DONE,
} Outcome;

static void
report_progress (Transfer *transfer, gboolean now)
{
  const VgDownload *download = transfer->download;
  gint64 time = g_get_monotonic_time ();

  if (download->progress == NULL
      || (!now && time - transfer->told < PROGRESS_EVERY))
    return;
  transfer->told = time;
  download->progress (transfer->got, transfer->size, download->progress_data);
}

/* Whether the header is "bytes GOT-…". */
static gboolean
is_from_here (const Transfer *transfer, const char *content_range)
{
  g_autofree char *start =
      g_strdup_printf ("bytes %" G_GUINT64_FORMAT "-", transfer->got);

  return content_range != NULL && g_str_has_prefix (content_range, start);
}

static gboolean
restart (Transfer *transfer)
{
  transfer->got = 0;
  return vg_write_behind_restart (transfer->writer, &transfer->wrong);
}

/* Before a try's first bytes. */
static gboolean
begin (Transfer *transfer, guint status, const char *content_range)
{
  transfer->begun = TRUE;
  if (status != 206)
    return transfer->got == 0 || restart (transfer);
  if (is_from_here (transfer, content_range))
    return TRUE;
  transfer->whole = TRUE;
  return FALSE;
}

static gboolean
take (gpointer data, guint status, const char *content_range, const char *bytes,
      gsize n)
{
  Transfer *transfer = data;

  if (!transfer->begun && !begin (transfer, status, content_range))
    return FALSE;
  if (n > transfer->size - transfer->got) {
    g_set_error (&transfer->wrong, VG_GLANCE_ERROR, VG_GLANCE_ERROR_INTEGRITY,
                 "can't %s: Glance sends more than the %" G_GUINT64_FORMAT
                 " bytes that the image should have",
                 transfer->action, transfer->size);
    return FALSE;
  }
  transfer->got += n;
  report_progress (transfer, FALSE);
  return vg_write_behind_push (transfer->writer, bytes, n);
}

/* Sends one GET. *ranged: whether only a part was asked for. */
static gboolean
get_file (Transfer *transfer, gboolean *ranged, VgHttpAnswer *answer,
          GError **error)
{
  VgGlance *glance = transfer->glance;
  VgHttpDownload stream = { .take = take, .data = transfer };
  g_autofree char *id =
      g_uri_escape_string (transfer->download->image->id, NULL, FALSE);
  g_autofree char *url =
      g_strconcat (glance->endpoint, "/v2/images/", id, "/file", NULL);
  g_autofree char *range =
      g_strdup_printf ("Range: bytes=%" G_GUINT64_FORMAT "-", transfer->got);
  char *token = vg_session_token_header (glance);
  const char *headers[3] = { NULL };
  VgHttpRequest request = {
    .method = "GET", .url = url, .headers = headers, .download = &stream
  };
  VgSecrets secrets;
  guint n = 0;
  gboolean answered;

  *ranged = transfer->got > 0 && !transfer->whole;
  if (token != NULL)
    headers[n++] = token;
  if (*ranged)
    headers[n++] = range;
  vg_session_fill_secrets (glance, secrets);
  request.secrets = secrets;
  transfer->begun = FALSE;
  answered = vg_http_send (glance->http, &request, answer,
                           transfer->cancellable, error);
  vg_secret_free (token);
  return answered;
}

/* What a refusal means. */
static Outcome
judge_refusal (Transfer *transfer, gboolean ranged, const VgHttpAnswer *answer,
               GError **error)
{
  vg_session_throw (transfer->glance, transfer->action, answer, error);
  if (answer->status == 401 && !transfer->renewed) {
    transfer->renewed = TRUE;
    return vg_session_forget (transfer->glance) ? NOW : FAILED;
  }
  if (ranged && (answer->status == 400 || answer->status == 416)) {
    transfer->whole = TRUE;
    return NOW;
  }
  return vg_http_may_pass (answer->status) ? AGAIN : FAILED;
}

static Outcome
judge (Transfer *transfer, gboolean answered, gboolean ranged,
       const VgHttpAnswer *answer, GError **error)
{
  if (!answered && transfer->whole && ranged) /* of another part */
    return NOW;
  if (!answered) {
    gboolean again =
        g_error_matches (*error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE);

    if ((*error)->domain == VG_GLANCE_ERROR)
      g_prefix_error (error, "can't %s: ", transfer->action);
    return again ? AGAIN : FAILED;
  }
  if (answer->status == 204) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_NOT_FOUND,
                 "can't %s: Glance has no data of it any more in its store",
                 transfer->action);
    return FAILED;
  }
  if (answer->status >= 300)
    return judge_refusal (transfer, ranged, answer, error);
  if (transfer->got == transfer->size)
    return DONE;
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE,
               "can't %s: the data ended after %" G_GUINT64_FORMAT
               " of %" G_GUINT64_FORMAT " bytes",
               transfer->action, transfer->got, transfer->size);
  return AGAIN;
}

static Outcome
try_download (Transfer *transfer, guint *retry_after, GError **error)
{
  g_auto (VgHttpAnswer) answer = { 0 };
  gboolean ranged, answered;

  if (!vg_session_refresh (transfer->glance, transfer->cancellable, error)) {
    if (*error != NULL && (*error)->domain == VG_GLANCE_ERROR)
      g_prefix_error (error, "can't %s: ", transfer->action);
    return FAILED;
  }
  answered = get_file (transfer, &ranged, &answer, error);
  *retry_after = answer.retry_after;
  if (transfer->wrong == NULL
      && vg_write_behind_flush (transfer->writer, &transfer->wrong))
    return judge (transfer, answered, ranged, &answer, error);
  g_clear_error (error);
  g_propagate_error (error, g_steal_pointer (&transfer->wrong));
  return FAILED;
}

/* Whether the last try brought more than those before. At most WORTH tries
 * do. */
static gboolean
was_worth_while (Transfer *transfer)
{
  if (transfer->got <= transfer->most
      || transfer->got - transfer->most < transfer->size / WORTH)
    return FALSE;
  transfer->most = transfer->got;
  return TRUE;
}

static gboolean
try_until_done (Transfer *transfer, GError **error)
{
  guint vain = 0;

  for (;;) {
    g_autoptr (GError) why = NULL, cancelled = NULL;
    guint retry_after = 0;
    Outcome outcome = try_download (transfer, &retry_after, &why);

    if (outcome == DONE)
      return TRUE;
    if (outcome == NOW)
      continue;
    if (was_worth_while (transfer))
      vain = 0;
    if (outcome == AGAIN
        && vg_http_pause (transfer->glance->http, vain, retry_after,
                          transfer->cancellable, &cancelled)) {
      g_debug ("%s; trying again", why->message);
      vain++;
      continue;
    }
    g_propagate_error (error, cancelled != NULL ? g_steal_pointer (&cancelled)
                                                : g_steal_pointer (&why));
    return FALSE;
  }
}

static const char *
get_os_hash_algorithm (const VgImageRecord *image)
{
  return image->os_hash_algo != NULL ? image->os_hash_algo : "sha512";
}

const char *
vg_download_get_algorithm (const VgImageRecord *image)
{
  const char *algorithm = get_os_hash_algorithm (image);
  g_autoptr (VgHash) known =
      image->os_hash_value != NULL ? vg_hash_new (algorithm) : NULL;

  if (known != NULL)
    return algorithm;
  return image->checksum != NULL ? "md5" : NULL;
}

static gboolean
check_hash (const Transfer *transfer, const char *algorithm, VgHash *hash,
            GError **error)
{
  const VgImageRecord *image = transfer->download->image;
  gboolean is_os_hash =
      image->os_hash_value != NULL
      && strcmp (algorithm, get_os_hash_algorithm (image)) == 0;
  const char *wanted = is_os_hash ? image->os_hash_value : image->checksum;
  g_autofree char *sum = vg_hash_finish (hash);
  g_autofree char *shown = NULL;

  if (g_ascii_strcasecmp (sum, wanted) == 0)
    return TRUE;
  shown = vg_session_show (transfer->glance, wanted, 140);
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_INTEGRITY,
               "can't %s: the data that Glance sent are not those of the "
               "image: their %s is %s, but should be %s; try again, or use "
               "another image",
               transfer->action, algorithm, sum, shown);
  return FALSE;
}

gboolean
vg_glance_download (VgGlance *glance, const VgDownload *download,
                    GCancellable *cancellable, GError **error)
{
  const char *algorithm = vg_download_get_algorithm (download->image);
  g_autoptr (VgHash) hash = algorithm != NULL ? vg_hash_new (algorithm) : NULL;
  g_autoptr (VgWriteBehind) writer = vg_write_behind_new (download->sink, hash);
  g_autofree char *id = vg_text_clean (download->image->id, MAX_SHOWN);
  g_autofree char *action = g_strdup_printf ("download image %s", id);
  Transfer transfer = { .glance = glance,
                        .download = download,
                        .cancellable = cancellable,
                        .action = action,
                        .writer = writer,
                        .size = download->image->size };
  gboolean ok;

  report_progress (&transfer, TRUE);
  ok = try_until_done (&transfer, error);
  g_clear_error (&transfer.wrong);
  if (!ok)
    return FALSE;
  report_progress (&transfer, TRUE);
  return hash == NULL || check_hash (&transfer, algorithm, hash, error);
}
