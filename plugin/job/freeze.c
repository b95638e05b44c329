/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Freezing around the instant. */
#include "job/freeze.h"

/* The longest that a guest stays frozen, in s; then the guardian thaws it. Also
 * how long its agent may take to answer. */
#define FREEZE_LIMIT_S 5

/* A freeze, from its beginning to its end. */
typedef struct {
  VgGuardian *guardian; /* NULL: nothing is frozen */
  guint step;           /* its number in the journal */
  gboolean denied;      /* we may not, so nothing was frozen */
} Freeze;

static VgGuardian *
start_guardian (const VgInstantContext *context, GError **error)
{
  return vg_guardian_start (context->journal->uri, context->journal->uuid,
                            FREEZE_LIMIT_S, error);
}

static gboolean
begin_freeze (const VgInstantContext *context, Freeze *freeze, GError **error)
{
  VgJournal *journal = context->journal;

  if (!vg_guest_check_agent (context->guest, FREEZE_LIMIT_S, error))
    return FALSE;
  freeze->guardian = g_steal_pointer (context->guardian);
  if (freeze->guardian == NULL)
    freeze->guardian = start_guardian (context, error);
  if (freeze->guardian == NULL)
    return FALSE;
  freeze->step = vg_journal_add_step (journal, VG_STEP_FREEZE, journal->domain);
  return vg_journal_write (journal, error)
         && vg_guardian_arm (freeze->guardian, error)
         && vg_guest_freeze (context->guest, FREEZE_LIMIT_S, error);
}

/* Thaws, also after a freeze that failed, for a part may be frozen. TRUE where
 * all was frozen up to now. */
static gboolean
end_freeze (const VgInstantContext *context, Freeze *freeze)
{
  VgStep *step;
  gboolean thawed;
  g_autoptr (GError) why = NULL;

  if (freeze->guardian == NULL)
    return FALSE;
  step = context->journal->steps->pdata[freeze->step];
  thawed =
      freeze->denied || vg_guest_thaw (context->guest, FREEZE_LIMIT_S, &why);
  if (thawed)
    step->state = VG_STEP_UNDONE;
  else /* The guardian goes on trying, and so does whoever undoes the job. */
    vg_report_warning (context->report, "%s", why->message);
  return vg_guardian_release (freeze->guardian, thawed);
}

static gboolean
wants_freeze (const VgInstantContext *context)
{
  return context->quiesce == VG_QUIESCE_REQUIRE
         || (context->quiesce == VG_QUIESCE_AUTO
             && context->plan->domain->agent_connected);
}

VgGuardian *
vg_freeze_prepare (const VgInstantContext *context)
{
  return context->plan->active && wants_freeze (context)
             ? start_guardian (context, NULL)
             : NULL;
}

/* Whether a freeze may fail or end too early, as it did by that error. */
static gboolean
may_be_unquiesced (const VgInstantContext *context, const GError *why,
                   GError **error)
{
  if (context->quiesce != VG_QUIESCE_REQUIRE)
    return TRUE;
  g_propagate_error (error, g_error_copy (why));
  return FALSE;
}

static gboolean
warn_unquiesced (const VgInstantContext *context, const GError *why)
{
  vg_report_warning (context->report, "the snapshot is not quiesced: %s",
                     why->message);
  return TRUE;
}

static gboolean
take_frozen (const VgInstantContext *context, VgFreezeTake take, gpointer data,
             GError **error)
{
  g_autoptr (GError) why = NULL;
  Freeze freeze = { 0 };
  gboolean ok;

  if (!begin_freeze (context, &freeze, &why)) {
    freeze.denied = g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_DENIED);
    end_freeze (context, &freeze);
    return may_be_unquiesced (context, why, error) && take (data, FALSE, error)
           && warn_unquiesced (context, why);
  }
  ok = take (data, TRUE, error);
  if (end_freeze (context, &freeze) || !ok)
    return ok;
  why = g_error_new (VG_HOST_ERROR, VG_HOST_ERROR_AGENT,
                     "the guest's file systems were thawed after %d s, before "
                     "the snapshot was taken",
                     FREEZE_LIMIT_S);
  return may_be_unquiesced (context, why, error)
         && warn_unquiesced (context, why);
}

gboolean
vg_freeze_around (const VgInstantContext *context, VgFreezeTake take,
                  gpointer data, GError **error)
{
  return wants_freeze (context) ? take_frozen (context, take, data, error)
                                : take (data, FALSE, error);
}
