/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Erasing secrets from memory. */
#include "util/secret.h"

#include <glib.h>
#include <string.h>

void
vg_secret_free (char *secret)
{
  if (secret != NULL)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}
