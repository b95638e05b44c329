/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libFuzzer, whose main() takes the place of main.c, calls first. */
#include "fuzz/fuzz.h"

int LLVMFuzzerInitialize (int *argc, char ***argv);

int
LLVMFuzzerInitialize (int *argc G_GNUC_UNUSED, char ***argv G_GNUC_UNUSED)
{
  fuzz_be_quiet ();
  return 0;
}
