/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checksums by Glance's names (those of Python's hashlib: "sha512",
 * "sha3_256", "blake2b" …), computed by libcrypto. */
#pragma once

#include <glib.h>

typedef struct _VgHash VgHash;

/* NULL for an unknown name. */
VgHash *vg_hash_new (const char *algorithm);
void vg_hash_free (VgHash *hash);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgHash, vg_hash_free)

/* Starts again with no data. */
void vg_hash_reset (VgHash *hash);
void vg_hash_update (VgHash *hash, const void *bytes, gsize n);

/* Returns the digest in lower-case hexadecimal digits; no data may follow. Free
 * with g_free(). */
char *vg_hash_finish (VgHash *hash);
