/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error domain of scratch space. */
#include "instant/scratch-space.h"

G_DEFINE_QUARK (vg_scratch_space_error_quark, vg_scratch_space_error)
