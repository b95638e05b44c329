/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* --progress json: what happens, a line of JSON each on stderr. */
#pragma once

#include "util/json.h"

/* Prints a line of that event, with the time and the members of json (or none),
 * of which it takes ownership. Any thread may call it. */
void vg_event_print (const char *event, VgJson *json);

/* The same with a message for people. */
void vg_event_print_message (const char *event, const char *message);
