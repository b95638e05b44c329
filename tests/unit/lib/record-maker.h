/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes image records for the unit tests. */
#pragma once

#include "plan/image-record.h"

/* The record that vg_record_new makes of these facts, and of the domain in that
 * file of tests/data/domain (a name without ".xml"), with "name" as its name
 * and qcow2 as its format; without a request in facts, of one that says
 * nothing. An error fails the test. */
VgJson *record_make (const char *file, const VgRecordFacts *facts)
    G_GNUC_WARN_UNUSED_RESULT;

/* Fails the test unless that member is that string; NULL: is not there. */
void record_assert_string (VgJson *record, const char *key, const char *value);
