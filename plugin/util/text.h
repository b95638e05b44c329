/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Escaping untrusted text, sizes, UUIDs. */
#pragma once

#include <glib.h>

/* A copy of text that is safe in one line of a log or terminal: valid UTF-8;
 * control characters (newlines, escapes) and invalid bytes become \xNN; cut
 * with "..." after max_chars characters (0: never cut). NULL gives "(none)".
 * Free with g_free(). */
char *vg_text_clean (const char *text, gsize max_chars);

/* The most characters of a message, wherever it is shown or kept: the parts
 * that others wrote have bounds of their own, or are cut here. */
#define VG_TEXT_MESSAGE 4000

/* The index of word among n words; -1 if it is none of them, or NULL. */
int vg_text_find_word (const char *const *words, gsize n, const char *word);

/* The number of the line of text, from 1, in which place is. */
guint vg_text_find_line (const char *text, const char *place);

/* Whether text is a UUID with dashes (8-4-4-4-12 hexadecimal digits). */
gboolean vg_text_is_uuid (const char *text);

/* Whether a property is true by OpenStack's rules: "true", "Yes", "1", "on" and
 * so on, in any case. NULL is false. */
gboolean vg_text_is_true (const char *text);

/* Reads a boolean as the configuration has it: true, yes, on or 1; false, no,
 * off or 0. FALSE for anything else. */
gboolean vg_text_parse_boolean (const char *text, gboolean *value);

/* "auto|require|never" as "auto, require or never". Free with g_free(). */
char *vg_text_list_choices (const char *choices);

/* Parses a size as qemu-img does: a decimal number with an optional suffix k,
 * M, G, T (powers of 1024; "MiB" and "MB" likewise). On any other text, or
 * above 2^63 - 1: FALSE, and *bytes is unchanged. */
gboolean vg_text_parse_size (const char *text, guint64 *bytes);

/* "1.2 GiB", the notation of virsh and qemu-img. Free with g_free(). */
char *vg_text_format_size (guint64 bytes);

/* Bytes in GiB, rounded up: the unit of min_disk. */
guint64 vg_text_gib (guint64 bytes);
