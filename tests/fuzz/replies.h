/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A server on the loopback interface that sends what a fuzzer makes of its
 * input, whatever is asked. */
#pragma once

#include "util/config.h"

/* Starts it once. A configuration for it: no credentials, no retries, and a
 * timeout of 5 s. Free with vg_config_free(). */
VgConfig *fuzz_serve (void);

/* Each connection gets the next of these replies, then an empty one; NULL: no
 * more. They are the caller's, until the next call. */
void fuzz_set_replies (char **parts);
