/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Erasing secrets from memory. */
#pragma once

/* Overwrites the text, then frees it. secret: may be NULL. */
void vg_secret_free (char *secret);
