/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undoes a job's steps, using the table of their kinds. */
#include "job/undo.h"

#include "job/error.h"
#include "job/undo-kinds.h"

static VgUndoKind *const undo_functions[] = {
#define UNDO(kind, name, needs, part, held_by, late, undo, look) undo,
  VG_STEP_KINDS (UNDO)
#undef UNDO
};

static VgLookKind *const look_functions[] = {
#define LOOK(kind, name, needs, part, held_by, late, undo, look) look,
  VG_STEP_KINDS (LOOK)
#undef LOOK
};

/* Whether what the step needs is at hand; without the guest, nothing is. */
static gboolean
has_peer (const VgStep *step, const VgPeers *peers)
{
  switch (vg_step_get_traits (step->kind)->needs) {
  case VG_STEP_NEEDS_NOTHING:
    break;
  case VG_STEP_NEEDS_GUEST:
    return peers->guest != NULL;
  case VG_STEP_NEEDS_GLANCE:
    return peers->glance != NULL;
  case VG_STEP_NEEDS_CEPH:
    return peers->ceph != NULL;
  case VG_STEP_NEEDS_HOST:
    return peers->host != NULL;
  }
  return TRUE;
}

static gboolean
undo_by_kind (const VgJournal *journal, const VgStep *step,
              const VgPeers *peers, GError **error)
{
  if (has_peer (step, peers))
    return undo_functions[step->kind](journal, step, peers, error);
  switch (vg_step_get_traits (step->kind)->needs) {
  case VG_STEP_NEEDS_GLANCE:
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                 "image %s has not been deleted yet", step->object);
    return FALSE;
  case VG_STEP_NEEDS_CEPH:
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNREACHABLE,
                 "%s in Ceph has not been removed yet", step->object);
    return FALSE;
  case VG_STEP_NEEDS_HOST:
    g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION,
                 "domain %s has not been undefined yet", step->object);
    return FALSE;
  default:
    return TRUE;
  }
}

static gint64
get_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* Whether the step's object may still appear: its request is young, and no
 * object was found. One that is found is the only one. Without the guest there
 * will be none. */
static gboolean
may_appear (const VgJournal *journal, VgStep *step, const VgPeers *peers)
{
  VgLookKind *look = look_functions[step->kind];

  return vg_step_get_due (step, get_now ()) != 0 && has_peer (step, peers)
         && !(look != NULL && look (journal, step, peers));
}

static gboolean
throw_late (VgStep *step, GError **error)
{
  g_autoptr (GDateTime) due =
      g_date_time_new_from_unix_local (vg_step_get_due (step, get_now ()));
  g_autofree char *time = due != NULL ? g_date_time_format (due, "%T") : NULL;

  g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_LATE,
               "the %s %s may still appear until %s: it was requested, and no "
               "answer came",
               vg_step_get_traits (step->kind)->name, step->object,
               time != NULL ? time : "later");
  return FALSE;
}

gboolean
vg_undo_step (VgJournal *journal, guint number, const VgPeers *peers,
              GError **error)
{
  VgStep *step = journal->steps->pdata[number];
  gboolean late = may_appear (journal, step, peers);

  if (!undo_by_kind (journal, step, peers, error))
    return FALSE;
  if (late)
    return throw_late (step, error);
  vg_journal_set_undone (journal, number);
  return TRUE;
}

/* An image that is deleted is no longer protected, and has no location: nothing
 * is left to undo of other steps about it, nor to say. */
static void
drop_parts (VgJournal *journal, guint number, GError **whys)
{
  const VgStep *image = journal->steps->pdata[number];

  if (image->kind != VG_STEP_IMAGE)
    return;
  for (guint i = number + 1; i < journal->steps->len; i++) {
    const VgStep *step = journal->steps->pdata[i];

    if (step->state != VG_STEP_BEGUN
        || vg_step_get_traits (step->kind)->needs != VG_STEP_NEEDS_GLANCE
        || !g_str_equal (step->object, image->object))
      continue;
    vg_journal_set_undone (journal, i);
    g_clear_error (&whys[i]);
  }
}

/* Undoes what can be undone; whys[i] is why step number i could not be. */
static void
undo_each (VgJournal *journal, guint first, const VgPeers *peers, GError **whys)
{
  guint stuck = 0; /* the kinds of steps that could not be undone, as bits */

  for (guint i = journal->steps->len; i-- > first;) {
    const VgStep *step = journal->steps->pdata[i];

    if (step->state != VG_STEP_BEGUN
        || (vg_step_get_traits (step->kind)->held_by & stuck) != 0)
      continue;
    if (vg_undo_step (journal, i, peers, &whys[i]))
      drop_parts (journal, i, whys);
    else if (!vg_run_error_is_late (
                 whys[i])) /* What isn't there uses nothing. */
      stuck |= 1u << step->kind;
  }
}

/* All of them in one, the last step's first, with its code, or that of the
 * first that waiting does not help; takes them. FALSE where there is one. */
static gboolean
join_errors (GError **whys, guint n, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) first = NULL;

  while (n-- > 0) {
    g_autoptr (GError) why = g_steal_pointer (&whys[n]);

    if (why == NULL)
      continue;
    g_string_append_printf (text, "%s%s", first != NULL ? "; " : "",
                            why->message);
    if (first == NULL
        || (vg_run_error_is_late (first) && !vg_run_error_is_late (why))) {
      g_clear_error (&first);
      first = g_steal_pointer (&why);
    }
  }
  if (first != NULL)
    g_set_error_literal (error, first->domain, first->code, text->str);
  return first == NULL;
}

gboolean
vg_undo_unwritten (VgJournal *journal, guint first, const VgPeers *peers,
                   GError **error)
{
  guint n = journal->steps->len;
  g_autofree GError **whys = g_new0 (GError *, n);

  undo_each (journal, first, peers, whys);
  return join_errors (whys, n, error);
}

gboolean
vg_undo_steps (VgJournal *journal, guint first, const VgPeers *peers,
               GError **error)
{
  gboolean undone = vg_undo_unwritten (journal, first, peers, error);
  g_autoptr (GError) why = NULL;

  /* Losing this is harmless: undoing a step again succeeds. */
  if (!vg_journal_write (journal, &why))
    g_debug ("job %s: %s", journal->id, why->message);
  return undone;
}
