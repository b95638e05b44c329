/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The JSON that commands print, as docs/virt-glance-1.schema.json has it. */
#pragma once

#include <stdio.h>

#include "util/json.h"

/* The version of all of it: raised when a member is taken away or means
 * something else. */
#define VG_OUTPUT_VERSION 1

/* Adds the version to an object, or to those in an array. */
void vg_output_set_version (VgJson *json);

/* Prints it with the version, indented. */
void vg_output_print (VgJson *json, FILE *out);
