/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps a compressed image to a length that was chosen before its first byte.
 *
 * There is room for a number of clusters. A block's level is chosen by what is
 * left of it and what the estimate says of the blocks to come: a higher level
 * if that may not be enough, no compression if it is more than enough. This
 * depends on the data alone, never on time, so the same data give the same
 * bytes.
 */
#pragma once

#include <glib.h>

#include "image/block-scan.h"
#include "image/estimate.h"

typedef struct {
  const VgEstimate *estimate;
  VgCodecLevels levels;
  guint64 n_blocks; /* data blocks */
  guint64 n_groups; /* with data blocks */
  guint64 room;     /* clusters for data and L2 tables */
  gboolean certain; /* that is enough whatever the data are */

  /* Of blocks whose level was chosen but that were not added yet. */
  guint64 n_added;
  guint64 ahead;                         /* bytes beyond their forecast */
  gsize beyond[VG_BLOCK_SCAN_AHEAD + 1]; /* the same, by number */
} VgBudget;

/* Chooses the room for the data blocks of map; the whole one, if asked for, or
 * if the estimate does not come to less. estimate: borrowed. */
void vg_budget_init (VgBudget *budget, const VgEstimate *estimate,
                     const VgCodecLevels *levels, const VgMap *map,
                     gboolean whole);

/* What was written of the image so far. */
typedef struct {
  guint64 left;     /* bytes left of the room */
  guint64 n_groups; /* groups that were begun */
  guint64 n_added;  /* data blocks that were added */
} VgBudgetState;

/* The level for data block number, in their order; as VgBlockScanChoose. */
gint vg_budget_choose (VgBudget *budget, guint64 number,
                       const VgBudgetState *state);

/* Whether the room can't be enough any more, by all that is known. */
gboolean vg_budget_is_hopeless (const VgBudget *budget,
                                const VgBudgetState *state);

/* Begins again with the first block. */
void vg_budget_rewind (VgBudget *budget);
