/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of a secret: who echoes it may leave out its beginning, or more. */
#pragma once

#include <glib.h>

/* A byte of an unescaped text, and what it stands for in the original. */
typedef struct {
  guint8 byte;
  gsize start, end; /* of the original */
} VgRedactItem;

/* Secrets below this length stay: hiding them would garble texts. Bytes. */
#define VG_REDACT_MIN 4

/* A secret, prepared. It is borrowed. */
typedef struct _VgRedactParts VgRedactParts;
VgRedactParts *vg_redact_parts_new (const char *secret);
void vg_redact_parts_free (VgRedactParts *parts);

/* Sets hidden, for each byte of the original, at parts of the secret in n
 * items, from anywhere in it:
 * - of 8 bytes, unless they read as words or numbers, and of 16;
 * - its end, of 4 bytes, after a mark of omission ("...last", "****last"), or
 * at the beginning of the text unless it reads so; only in a text that is
 * whole: nothing between its words was left out. */
void vg_redact_parts_hide (const VgRedactParts *parts,
                           const VgRedactItem *items, gsize n, gboolean whole,
                           guint8 *hidden);
