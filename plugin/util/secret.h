/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Erasing secrets from memory, and keeping it to ourselves. */
#pragma once

/* Overwrites the text, then frees it. secret: may be NULL. */
void vg_secret_free (char *secret);

/* Forbids core dumps of this process, and other users' looks into its memory.
 * Called first in each program that reads credentials: a limit of the size is
 * not enough, because a core dump that goes through a pipe ignores it. */
void vg_secret_forbid_dumps (void);
