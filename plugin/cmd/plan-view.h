/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints a plan, and the images of a job. */
#pragma once

#include <stdio.h>

#include "journal/journal.h"
#include "plan/plan.h"

void vg_plan_print (const VgPlan *plan, gboolean json, FILE *out);

/* A new reference. */
VgJson *vg_plan_to_json (const VgPlan *plan);

/* Prints the images of a finished job. */
void vg_images_print (const VgJournal *journal, gboolean json, FILE *out);
