/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secrets in memory. */
#pragma once

/* Overwrites the text and frees it; NULL is nothing to do. */
void vg_secret_free (char *secret);
