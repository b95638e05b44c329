/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Freezes the guest around the instant. */
#include "instant/quiesce.h"

/* Time limit for the agent to answer a ping, and to thaw. */
#define ANSWER_LIMIT_S 5

/* A freeze, from start to end. */
typedef struct {
  VgThawWatchdog *guardian; /* NULL: nothing is frozen */
  guint step;               /* its number in the journal */
  gboolean not_ours;        /* we can't have frozen anything */
  gboolean called_off;      /* the instant is not to be taken */
  gint64 began, ended;      /* monotonic µs */
  guint file_systems;       /* number of frozen file systems */
} Freeze;

/* Limit for a freeze, in s; then the guardian thaws the guest. */
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

/* The agent skips file systems that it can't freeze or find. */
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
is_frozen_elsewhere (const GError *why)
{
  return g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_FROZEN);
}

/* The one that was started ahead, or a new one. */
static VgThawWatchdog *
take_guardian (const VgInstantContext *context, GError **error)
{
  VgThawWatchdog *ahead = g_steal_pointer (context->guardian);

  if (ahead != NULL && !vg_thaw_watchdog_is_dismissed (ahead))
    return ahead;
  if (ahead != NULL) /* of an earlier freeze */
    vg_thaw_watchdog_release (ahead, TRUE);
  return start_guardian (context->config, context->journal, error);
}

/* Its process needs a moment to end, for which nobody waits now. */
static void
dismiss_guardian (const VgInstantContext *context, VgThawWatchdog *guardian)
{
  vg_thaw_watchdog_dismiss (guardian);
  *context->guardian = guardian;
}

static gboolean
begin_freeze (const VgInstantContext *context, Freeze *freeze, GError **error)
{
  VgJournal *journal = context->journal;

  if (!vg_guest_check_agent (context->guest, ANSWER_LIMIT_S, error))
    return FALSE;
  freeze->called_off =
      context->await != NULL && !context->await (context->await_data, error);
  if (freeze->called_off)
    return FALSE;
  freeze->guardian = take_guardian (context, error);
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

/* Thaws, also after a failed freeze, which may have frozen a part. */
static void
end_freeze (const VgInstantContext *context, Freeze *freeze)
{
  gboolean thawed;
  g_autoptr (GError) why = NULL;

  if (freeze->guardian == NULL)
    return;
  thawed =
      freeze->not_ours || vg_guest_thaw (context->guest, ANSWER_LIMIT_S, &why);
  freeze->ended = g_get_monotonic_time ();
  if (thawed) {
    vg_journal_set_undone (context->journal, freeze->step);
    dismiss_guardian (context, freeze->guardian);
    return;
  }
  /* The guardian and the undo of the job keep trying. */
  vg_report_warning (context->report, "%s", why->message);
  vg_thaw_watchdog_release (freeze->guardian, FALSE);
  freeze->ended = g_get_monotonic_time ();
}

VgThawWatchdog *
vg_quiesce_prepare (const VgConfig *config, const VgJournal *journal)
{
  return start_guardian (config, journal, NULL);
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
  gint64 us = freeze->ended - freeze->began;
  VgJobQuiesce quiesce = { .known = TRUE,
                           .file_systems = freeze->file_systems,
                           .frozen_ms = (guint) (us / 1000) + 1 };

  vg_journal_set_quiesce (context->journal, &quiesce);
}

/* Notes in the journal why it isn't quiesced. FALSE, with error, if quiescing
 * was required. */
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

/* After a failed freeze; why is its error. */
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

/* For an instant that was taken when the guardian may have thawed the guest. */
static gboolean
accept_late (const VgInstantContext *context, GError **error)
{
  g_autoptr (GError) why =
      g_error_new (VG_HOST_ERROR, VG_HOST_ERROR_AGENT,
                   "the snapshot took too long: the guest's file systems are "
                   "thawed after %u s ([libvirt] quiesce_timeout)",
                   get_limit (context->config));

  if (!may_be_unquiesced (context, why, error))
    return FALSE;
  warn_unquiesced (context, why);
  return TRUE;
}

/* For a guest that somebody else froze, and is to thaw. The instant is quiesced
 * if the guest is still frozen afterwards. */
static gboolean
take_beside (const VgInstantContext *context, VgQuiesceTake take, gpointer data,
             GError **error)
{
  VgJobQuiesce quiesce = { .known = TRUE, .elsewhere = TRUE };
  const char *name = context->journal->domain;
  g_autoptr (GError) state = NULL, why = NULL;

  if (!take (data, FALSE, error))
    return FALSE;
  if (!vg_guest_check_agent (context->guest, ANSWER_LIMIT_S, &state)
      && is_frozen_elsewhere (state)) {
    vg_journal_set_quiesce (context->journal, &quiesce);
    vg_report_warning (context->report,
                       "somebody else had frozen file systems of domain %s, "
                       "and they stay frozen; 'virsh domfsthaw %s' thaws them",
                       name, name);
    return TRUE;
  }
  why = g_error_new (VG_HOST_ERROR, VG_HOST_ERROR_AGENT,
                     "somebody else had frozen file systems of domain %s, and "
                     "it is not known whether they still were when the "
                     "snapshot was taken",
                     name);
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
    if (freeze.called_off) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
    freeze.not_ours = g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_DENIED)
                      || is_frozen_elsewhere (why);
    end_freeze (context, &freeze);
    return is_frozen_elsewhere (why)
               ? take_beside (context, take, data, error)
               : take_unfrozen (context, take, data, why, error);
  }
  ok = take (data, TRUE, error);
  /* How the thaw goes doesn't matter for what has been taken. */
  in_time = !vg_thaw_watchdog_is_due (freeze.guardian);
  end_freeze (context, &freeze);
  if (in_time)
    note_quiesced (context, &freeze);
  if (in_time || !ok)
    return ok;
  return accept_late (context, error);
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
