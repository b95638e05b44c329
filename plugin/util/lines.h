/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Line numbers of sections, keys and errors in a key file. Lines count from
 * 1. */
#pragma once

#include <glib.h>

/* The line where section begins (key NULL), or the last line that sets key in
 * it; 0 if not found. */
guint vg_lines_find (const char *text, const char *section, const char *key);

/* The first line that GKeyFile refuses. */
guint vg_lines_find_syntax_error (const char *text);
