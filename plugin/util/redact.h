/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes secrets out of texts of others, who may echo what they were sent. */
#pragma once

#include <glib.h>

/* A copy of text with "***" instead of each secret (NULL-terminated, or NULL),
 * in whatever way it is escaped: JSON, XML and HTML, URLs, C strings, up to
 * three times. Of a secret that is cut short, its first part goes, too, if it
 * has 8 bytes, or 4 at the end of text; and so do other parts, its end, for
 * one: see vg_redact_parts_hide(). A secret of less than 4 bytes stays:
 * replacing it would garble the text. To be called before text is cut or
 * tidied. Free with g_free(). */
char *vg_redact (const char *text, const char *const *secrets);
