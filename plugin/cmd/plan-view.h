/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Printing a plan, and what a job made. */
#pragma once

#include <stdio.h>

#include "journal/journal.h"
#include "plan/plan.h"

void vg_plan_print (const VgPlan *plan, gboolean json, FILE *out);

/* The images of a job that is done. */
void vg_images_print (const VgJournal *journal, gboolean json, FILE *out);
