/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The controller: compares what is left with what is to come, and with the
 * margin for what is not known of it, which gets smaller all the way. */
#include "image/budget.h"

#include <string.h>

#include "image/qcow2-layout.h"

#define PROBES 8

/* What is to come. */
typedef struct {
  VgForecast data;
  guint64 bytes; /* data, and what they need besides */
} Needs;

static gboolean
is_compressing (const VgBudget *budget)
{
  return budget->levels.compression != VG_COMPRESSION_NONE;
}

/* Each group needs an L2 table, and may leave the rest of a cluster behind its
 * compressed blocks unused. So may each 32 uncompressed ones between
 * compressed ones, and one in two is a fair guess. A group of zeroes needs
 * nothing, and a block is in one group. */
static Needs
get_needs (const VgBudget *budget, const VgBudgetState *state)
{
  VgForecast data = vg_estimate_get_forecast (budget->estimate, state->n_added);
  guint64 n_groups = budget->n_groups - state->n_groups;
  guint64 groups = MIN (n_groups, data.stored + data.stored / 4 + 1);
  guint64 tables = groups * VG_QCOW2_CLUSTER;
  guint64 gaps = is_compressing (budget) ? data.bytes / 128 + tables : 0;

  return (Needs){ .data = data, .bytes = data.bytes + tables + gaps };
}

static guint64
count_groups (const VgMap *map)
{
  guint64 n = 0, next = 0, first, n_blocks;

  while (vg_map_next_run (map, next, &first, &n_blocks)) {
    n++;
    next = (first / VG_MAP_GROUP_BLOCKS + 1) * VG_MAP_GROUP_BLOCKS;
  }
  return n;
}

void
vg_budget_init (VgBudget *budget, const VgEstimate *estimate,
                const VgCodecLevels *levels, const VgMap *map, gboolean whole)
{
  const VgBudgetState nothing = { 0 };
  guint64 most, wanted;
  Needs needs;

  memset (budget, 0, sizeof *budget);
  budget->estimate = estimate;
  budget->levels = *levels;
  budget->n_blocks = vg_map_get_n_data_blocks (map);
  budget->n_groups = count_groups (map);
  most = budget->n_blocks + budget->n_groups;
  needs = get_needs (budget, &nothing);
  wanted = (needs.bytes + needs.data.margin) / VG_QCOW2_CLUSTER + 1;
  budget->certain = whole || wanted >= most;
  budget->room = budget->certain ? most : wanted;
}

/* Accounts for the blocks that were added meanwhile. */
static void
take_added (VgBudget *budget, guint64 n_added)
{
  for (; budget->n_added < n_added; budget->n_added++)
    budget->ahead -=
        budget->beyond[budget->n_added % G_N_ELEMENTS (budget->beyond)];
}

/* How far the needs are met: what is left beyond them, or negative. */
static gint64
get_spare (const VgBudget *budget, const VgBudgetState *state,
           const Needs *needs)
{
  return (gint64) state->left - (gint64) needs->bytes - (gint64) budget->ahead;
}

/* Whether compressing that block would take time for nothing. One in PROBES is
 * compressed nevertheless, lest what is unlike the samples be missed. */
static gboolean
is_vain (const VgBudget *budget, guint64 number)
{
  return number % PROBES != 0
         && vg_estimate_is_dense (budget->estimate, number);
}

/* The more there lacks, the higher. */
static guint
choose_higher (const Needs *needs, gint64 spare, guint n_levels)
{
  gint64 margin = (gint64) needs->data.margin;
  gint64 bytes = (gint64) needs->data.bytes;
  guint step = spare >= margin / 3    ? 0
               : spare >= 0           ? 1
               : spare >= -bytes / 50 ? 2
               : spare >= -bytes / 20 ? 3
                                      : 4;

  return MIN (step, n_levels - 1);
}

gint
vg_budget_choose (VgBudget *budget, guint64 number, const VgBudgetState *state)
{
  gsize *beyond = &budget->beyond[number % G_N_ELEMENTS (budget->beyond)];
  Needs needs = get_needs (budget, state);
  guint64 size = vg_estimate_get_forecast (budget->estimate, number).first;
  gint64 spare;

  take_added (budget, state->n_added);
  spare = get_spare (budget, state, &needs);
  *beyond = 0;
  if (is_vain (budget, number))
    return VG_BLOCK_SCAN_PLAIN;
  /* Twice the margin: what is spent can't be had back for the blocks that are
   * under way, and those at the end may all be larger than the sample says.
   * Storing what gets much smaller would save little time for its bytes. */
  if (spare >= (gint64) (2 * needs.data.margin + VG_QCOW2_CLUSTER)
      && size >= VG_QCOW2_CLUSTER / 4) {
    *beyond = VG_QCOW2_CLUSTER - MIN (size, VG_QCOW2_CLUSTER);
    budget->ahead += *beyond;
    return VG_BLOCK_SCAN_PLAIN;
  }
  /* Nothing can lack, or a higher level would take long for nothing. */
  if (budget->certain || size >= VG_QCOW2_CLUSTER)
    return budget->levels.levels[0];
  return budget->levels.levels[choose_higher (&needs, spare, budget->levels.n)];
}

gboolean
vg_budget_is_hopeless (const VgBudget *budget, const VgBudgetState *state)
{
  Needs needs;

  if (budget->certain)
    return FALSE;
  needs = get_needs (budget, state);
  /* The highest level saves a sixth at best. */
  return get_spare (budget, state, &needs)
         < -(gint64) ((is_compressing (budget) ? needs.data.bytes / 6 : 0)
                      + 2 * needs.data.margin + 4 * VG_QCOW2_CLUSTER);
}

void
vg_budget_rewind (VgBudget *budget)
{
  budget->n_added = 0;
  budget->ahead = 0;
}
