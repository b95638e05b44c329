/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Freezing around the instant. */
#include "instant/quiesce.h"

/* How long the agent may take to answer that it is there, and to thaw. */
#define ANSWER_LIMIT_S 5

/* A freeze, from its beginning to its end. */
typedef struct {
  VgThawWatchdog *guardian; /* NULL: nothing is frozen */
  guint step;               /* its number in the journal */
  gboolean denied;          /* we may not, so nothing was frozen */
  gint64 began;             /* monotonic µs */
  guint file_systems;       /* that are frozen */
} Freeze;

/* The longest that a guest stays frozen, in s; then the guardian thaws it. */
static guint
get_limit (const VgConfig *config)
{
  return MAX (config->quiesce_timeout, 1);
}

static VgThawWatchdog *
start_guardian (const VgConfig *config, const VgJournal *journal,
                GError **error)
{
  return vg_thaw_watchdog_start (journal->uri, journal->uuid,
                                 get_limit (config), error);
}

/* An agent passes over what it can't freeze, and what it doesn't find. */
static gboolean
check_count (const VgInstantContext *context, const Freeze *freeze,
             GError **error)
{
  char **named = context->sources->mountpoints;
  guint wanted = named != NULL ? g_strv_length (named) : 0;

  if (freeze->file_systems >= MAX (wanted, 1))
    return TRUE;
  if (wanted > 0)
    g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_AGENT,
                 "of the %u file systems named by --mountpoint the guest agent "
                 "of domain %s froze %u",
                 wanted, context->journal->domain, freeze->file_systems);
  else
    g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_AGENT,
                 "the guest agent of domain %s found no file system to freeze",
                 context->journal->domain);
  return FALSE;
}

static gboolean
begin_freeze (const VgInstantContext *context, Freeze *freeze, GError **error)
{
  VgJournal *journal = context->journal;

  if (!vg_guest_check_agent (context->guest, ANSWER_LIMIT_S, error))
    return FALSE;
  freeze->guardian = g_steal_pointer (context->guardian);
  if (freeze->guardian == NULL)
    freeze->guardian = start_guardian (context->config, journal, error);
  if (freeze->guardian == NULL)
    return FALSE;
  freeze->step = vg_journal_add_step (journal, VG_STEP_FREEZE, journal->domain);
  if (!vg_journal_write (journal, error)
      || !vg_thaw_watchdog_arm (freeze->guardian, error))
    return FALSE;
  freeze->began = g_get_monotonic_time ();
  if (!vg_guest_freeze (
          context->guest, (const char *const *) context->sources->mountpoints,
          get_limit (context->config), &freeze->file_systems, error))
    return FALSE;
  return check_count (context, freeze, error);
}

/* Thaws, also after a freeze that failed, for a part may be frozen. TRUE where
 * all was frozen up to now. */
static gboolean
end_freeze (const VgInstantContext *context, Freeze *freeze)
{
  gboolean thawed;
  g_autoptr (GError) why = NULL;

  if (freeze->guardian == NULL)
    return FALSE;
  thawed =
      freeze->denied || vg_guest_thaw (context->guest, ANSWER_LIMIT_S, &why);
  if (thawed)
    vg_journal_set_undone (context->journal, freeze->step);
  else /* The guardian goes on trying, and so does whoever undoes the job. */
    vg_report_warning (context->report, "%s", why->message);
  return vg_thaw_watchdog_release (freeze->guardian, thawed);
}

VgThawWatchdog *
vg_quiesce_prepare (const VgConfig *config, const VgPlanSources *sources,
                    const VgJournal *journal)
{
  return sources->active && vg_plan_sources_will_freeze (sources)
             ? start_guardian (config, journal, NULL)
             : NULL;
}

const char *
vg_quiesce_get_obstacle (const VgDomain *domain)
{
  return domain->has_agent ? "its guest agent is not running"
                           : "it has no channel for a guest agent";
}

static void
note_unquiesced (const VgInstantContext *context, const char *why)
{
  VgJobQuiesce quiesce = { .known = TRUE, .obstacle = (char *) why };

  vg_journal_set_quiesce (context->journal, &quiesce);
}

static void
note_quiesced (const VgInstantContext *context, const Freeze *freeze)
{
  gint64 us = g_get_monotonic_time () - freeze->began;
  VgJobQuiesce quiesce = { .known = TRUE,
                           .file_systems = freeze->file_systems,
                           .frozen_ms = (guint) (us / 1000) + 1 };

  vg_journal_set_quiesce (context->journal, &quiesce);
}

/* Whether a freeze may fail or end too early, as it did by that error. */
static gboolean
may_be_unquiesced (const VgInstantContext *context, const GError *why,
                   GError **error)
{
  note_unquiesced (context, why->message);
  if (context->sources->quiesce != VG_QUIESCE_REQUIRE)
    return TRUE;
  g_propagate_error (error, g_error_copy (why));
  return FALSE;
}

static void
warn_unquiesced (const VgInstantContext *context, const GError *why)
{
  vg_report_warning (context->report, "the snapshot is not quiesced: %s",
                     why->message);
}

/* After a freeze that failed; why is what it failed of. */
static gboolean
take_unfrozen (const VgInstantContext *context, VgQuiesceTake take,
               gpointer data, const GError *why, GError **error)
{
  if (!may_be_unquiesced (context, why, error))
    return FALSE;
  if (!take (data, FALSE, error))
    return FALSE;
  warn_unquiesced (context, why);
  return TRUE;
}

/* What was taken after the guardian had thawed the guest. */
static gboolean
accept_thawed (const VgInstantContext *context, GError **error)
{
  g_autoptr (GError) why =
      g_error_new (VG_HOST_ERROR, VG_HOST_ERROR_AGENT,
                   "the guest's file systems were thawed after %u s ([libvirt] "
                   "quiesce_timeout), before the snapshot was taken",
                   get_limit (context->config));

  if (!may_be_unquiesced (context, why, error))
    return FALSE;
  warn_unquiesced (context, why);
  return TRUE;
}

static gboolean
take_frozen (const VgInstantContext *context, VgQuiesceTake take, gpointer data,
             GError **error)
{
  g_autoptr (GError) why = NULL;
  Freeze freeze = { 0 };
  gboolean ok, in_time;

  if (!begin_freeze (context, &freeze, &why)) {
    freeze.denied = g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_DENIED);
    end_freeze (context, &freeze);
    return take_unfrozen (context, take, data, why, error);
  }
  ok = take (data, TRUE, error);
  in_time = end_freeze (context, &freeze);
  if (in_time)
    note_quiesced (context, &freeze);
  if (in_time || !ok)
    return ok;
  return accept_thawed (context, error);
}

gboolean
vg_quiesce_around (const VgInstantContext *context, VgQuiesceTake take,
                   gpointer data, GError **error)
{
  const char *why = context->sources->quiesce_reason;

  if (vg_plan_sources_will_freeze (context->sources))
    return take_frozen (context, take, data, error);
  if (context->sources->quiesce != VG_QUIESCE_NEVER)
    why = vg_quiesce_get_obstacle (context->sources->domain);
  note_unquiesced (context, why != NULL ? why : "nobody asked for it");
  return take (data, FALSE, error);
}
