/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer's hook at the start: what the rooms log isn't printed, and a
 * critical warning ends the program. */
#include "fuzz/fuzz.h"

int LLVMFuzzerInitialize (int *argc, char ***argv);

static void
drop_message (const char *domain G_GNUC_UNUSED,
              GLogLevelFlags level G_GNUC_UNUSED,
              const char *message G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
}

int
LLVMFuzzerInitialize (int *argc G_GNUC_UNUSED, char ***argv G_GNUC_UNUSED)
{
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
  g_log_set_default_handler (drop_message, NULL);
  return 0;
}
