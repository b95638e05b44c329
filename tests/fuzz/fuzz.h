/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by all fuzzers. A fuzzer is a file fuzz-NAME.c that defines
 * LLVMFuzzerTestOneInput(). Built for libFuzzer (configure --enable-fuzzing),
 * it is a fuzzer; otherwise a test program that tries the inputs in
 * tests/fuzz/corpus/NAME and spoilt copies of them: see main.c.
 * https://llvm.org/docs/LibFuzzer.html */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "util/json.h"

/* Tries one input; aborts if it finds a fault. Returns 0. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Drops what the rooms log; a critical warning ends the program. */
void fuzz_be_quiet (void);

/* Checks that the function has failed exactly if there is an error, and the
 * error's message: UTF-8 of bounded length. (Control characters are escaped
 * where a message is shown.) */
void fuzz_check_result (gboolean ok, const GError *error);

/* The process's own directory, which it removes at its end. Borrowed. */
const char *fuzz_folder (void);

/* Writes the input to a file of that name in fuzz_folder(), and returns its
 * path. Free with g_free(). */
char *fuzz_write (const char *name, const uint8_t *data, size_t size);

/* The input as JSON; NULL if it isn't JSON. A new reference. */
VgJson *fuzz_parse_json (const uint8_t *data, size_t size);

/* The input in parts, which lines of "%%" divide. NULL-terminated; free with
 * g_strfreev(). */
char **fuzz_split (const uint8_t *data, size_t size);
