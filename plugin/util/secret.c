/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Erasing secrets from memory. */
#include "util/secret.h"

#include <glib.h>
#include <string.h>
#include <sys/prctl.h>

void
vg_secret_free (char *secret)
{
  if (secret != NULL)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

void
vg_secret_forbid_dumps (void)
{
#ifndef __SANITIZE_ADDRESS__ /* its search for leaks needs ptrace */
  prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
