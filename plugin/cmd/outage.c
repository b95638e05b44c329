/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small request after a failure tells whether a service is away or only this
 * guest has a problem. */
#include "cmd/outage.h"

#include "cmd/log.h"
#include "glance/glance.h"
#include "host/host.h"
#include "job/await-turn.h"
#include "job/outcome.h"

/* The limit of retries for a guest after outages, because its own upload may
 * crash the service; and the limit if the services answer at once. */
#define MAX_TRIES 3
#define MAX_TRIES_AT_ONCE 1
#define FIRST_PAUSE_S 1
#define MAX_PAUSE_S 60
/* How often to look for what ends the wait. */
#define LOOK_EVERY_US (G_USEC_PER_SEC / 5)

typedef enum {
  END_NONE,  /* the services answer */
  END_OVER,  /* one was away, and is back */
  END_LASTS, /* the wait ended before */
} End;

void
vg_outage_clear (VgOutage *outage)
{
  g_clear_pointer (&outage->waits, vg_json_unref);
  g_clear_pointer (&outage->tries, g_hash_table_unref);
}

/* Glance, Keystone or libvirt could not be reached, or was not able to
 * answer. */
static gboolean
is_away (const GError *error)
{
  return g_error_matches (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE)
         || g_error_matches (error, VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION);
}

/* The same, or what the job had made could not be undone, which may come of
 * it. */
static gboolean
may_be_away (const GError *error)
{
  VgFailure failure = vg_outcome_of (error);

  return is_away (error) || failure == VG_FAILURE_LEFTOVER
         || failure == VG_FAILURE_LATE;
}

/* Whether a service that was away is not back with that. Keystone may refuse
 * good credentials while what it needs is still starting. */
static gboolean
is_still_away (const GError *error)
{
  return is_away (error)
         || g_error_matches (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_AUTH);
}

/* "90 s", "12 min": what operators need of it. */
static char *
format_length (gint64 seconds)
{
  return seconds < 120
             ? g_strdup_printf ("%" G_GINT64_FORMAT " s", seconds)
             : g_strdup_printf ("%" G_GINT64_FORMAT " min", seconds / 60);
}

static gint64
get_left_us (const VgOutage *outage, gint64 began)
{
  if (outage->limit_s < 0)
    return G_MAXINT64;
  return outage->limit_s * G_USEC_PER_SEC - outage->waited_us
         - (g_get_monotonic_time () - began);
}

static void
tell_begin (const VgOutage *outage, gint64 began, const GError *why)
{
  gint64 left = get_left_us (outage, began);
  g_autofree char *length =
      outage->limit_s < 0 ? NULL
                          : format_length ((MAX (0, left) + G_USEC_PER_SEC - 1)
                                           / G_USEC_PER_SEC);

  g_warning ("%s; all backups wait until that works again, %s%s at most",
             why->message, length != NULL ? "for " : "until --until",
             length != NULL ? length : "");
}

static void
tell_end (gint64 seconds)
{
  g_autofree char *length = format_length (seconds);
  g_autofree char *text =
      g_strdup_printf ("the service is back after %s; going on", length);

  vg_log_note (text);
}

/* FALSE with an error if the wait is to end before the pause does. */
static gboolean
sleep_for (const VgOutage *outage, gint64 pause_s, gint64 began,
           const GError *why, GError **error)
{
  gint64 due = g_get_monotonic_time () + pause_s * G_USEC_PER_SEC;

  while (g_get_monotonic_time () < due) {
    if (g_cancellable_set_error_if_cancelled (outage->cancellable, error))
      return FALSE;
    if (!vg_job_check_window (outage->request, outage->config, error)) {
      g_prefix_error (error, "after waiting (%s): ", why->message);
      return FALSE;
    }
    if (get_left_us (outage, began) <= 0) {
      g_set_error (error, why->domain, why->code,
                   "%s; it has not come back in the time that --wait permits",
                   why->message);
      return FALSE;
    }
    g_usleep (LOOK_EVERY_US);
  }
  return TRUE;
}

/* Another error than that it is away is an answer. */
static gboolean
wait_for_service (const VgOutage *outage, gint64 began, GError *why,
                  GError **error)
{
  gint64 pause_s = FIRST_PAUSE_S;

  while (sleep_for (outage, pause_s, began, why, error)) {
    g_autoptr (GError) again = NULL;
    gboolean answers =
        outage->probe (outage->data, outage->cancellable, &again);

    if (g_cancellable_set_error_if_cancelled (outage->cancellable, error))
      return FALSE;
    if (answers || !is_still_away (again))
      return TRUE;
    pause_s = MIN (2 * pause_s, MAX_PAUSE_S);
  }
  return FALSE;
}

static void
note_wait (VgOutage *outage, gint64 since, gint64 length_us, const GError *why)
{
  VgJson *wait = json_object_new_object ();

  outage->waited_us += length_us;
  vg_json_set_int (wait, "since", since);
  vg_json_set_int (wait, "seconds", length_us / G_USEC_PER_SEC);
  vg_json_set_string (wait, "reason", why->message);
  if (outage->waits == NULL)
    outage->waits = json_object_new_array ();
  json_object_array_add (outage->waits, wait);
}

/* Sets an error with END_LASTS only. */
static End
await (VgOutage *outage, GError **error)
{
  gint64 since = g_get_real_time () / G_USEC_PER_SEC;
  gint64 began = g_get_monotonic_time (), length;
  g_autoptr (GError) why = NULL;
  gboolean over;

  if (outage->limit_s == 0
      || outage->probe (outage->data, outage->cancellable, &why)
      || !is_away (why))
    return END_NONE;
  tell_begin (outage, began, why);
  over = wait_for_service (outage, began, why, error);
  length = g_get_monotonic_time () - began;
  note_wait (outage, since, length, why);
  if (over)
    tell_end (length / G_USEC_PER_SEC);
  return over ? END_OVER : END_LASTS;
}

gboolean
vg_outage_await_after (VgOutage *outage, GError *why, GError **error)
{
  if (outage->limit_s == 0 || !is_away (why)) {
    g_propagate_error (error, why);
    return FALSE;
  }
  g_error_free (why);
  return await (outage, error) != END_LASTS;
}

/* FALSE if that was often enough. */
static gboolean
count_try (VgOutage *outage, const char *uuid, guint max)
{
  guint n;

  if (outage->tries == NULL)
    outage->tries =
        g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  n = GPOINTER_TO_UINT (g_hash_table_lookup (outage->tries, uuid));
  if (n >= max)
    return FALSE;
  g_hash_table_replace (outage->tries, g_strdup (uuid),
                        GUINT_TO_POINTER (n + 1));
  return TRUE;
}

VgOutageTry
vg_outage_decide (VgOutage *outage, const char *uuid, const GError *why,
                  GError **lasting)
{
  if (outage->limit_s == 0 || !may_be_away (why))
    return VG_OUTAGE_NO_TRY;
  switch (await (outage, lasting)) {
  case END_OVER:
    return count_try (outage, uuid, MAX_TRIES) ? VG_OUTAGE_TRY_NEXT
                                               : VG_OUTAGE_NO_TRY;
  case END_NONE: /* it may have been a short one */
    if (!is_away (why) || !count_try (outage, uuid, MAX_TRIES_AT_ONCE))
      return VG_OUTAGE_NO_TRY;
    g_warning ("%s; it is tried once more", why->message);
    return VG_OUTAGE_TRY_LAST;
  default:
    return VG_OUTAGE_NO_TRY;
  }
}
