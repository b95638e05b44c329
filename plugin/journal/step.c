/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the kinds of steps. */
#include "journal/step.h"

#include "util/text.h"

/* In the order of the enum, which is generated from the same rows. */
static const VgStepTraits kinds[] = {
#define TRAITS(kind, name, needs, part, held_by, late, undo, look)             \
  { name, VG_STEP_NEEDS_##needs, VG_STEP_OF_##part, held_by, late },
  VG_STEP_KINDS (TRAITS)
#undef TRAITS
};

static const char *const states[] = { "begun", "undone", "kept" };

const VgStepTraits *
vg_step_get_traits (VgStepKind kind)
{
  return &kinds[kind];
}

gboolean
vg_step_kind_from_string (const char *name, VgStepKind *kind)
{
  for (guint i = 0; i < VG_N_STEP_KINDS; i++)
    if (g_strcmp0 (name, kinds[i].name) == 0) {
      *kind = (VgStepKind) i;
      return TRUE;
    }
  return FALSE;
}

const char *
vg_step_state_to_string (VgStepState state)
{
  return states[state];
}

gboolean
vg_step_state_from_string (const char *name, VgStepState *state)
{
  int i = vg_text_find_word (states, G_N_ELEMENTS (states), name);

  if (i >= 0)
    *state = (VgStepState) i;
  return i >= 0;
}

gint64
vg_step_get_due (VgStep *step, gint64 now)
{
  guint late = kinds[step->kind].late;

  if (step->state != VG_STEP_BEGUN || step->request != VG_STEP_UNANSWERED
      || late == 0)
    return 0;
  step->asked = MIN (step->asked, now);
  return step->asked + late > now ? step->asked + late : 0;
}
