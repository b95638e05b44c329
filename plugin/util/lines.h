/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where things are in the text of a key file, to say where a mistake is. Lines
 * count from 1. */
#pragma once

#include <glib.h>

/* The line where section begins (key NULL) or where it sets key for the last
 * time; 0 if it doesn't. */
guint vg_lines_find (const char *text, const char *section, const char *key);

/* How many lines there are. */
guint vg_lines_count (const char *text);

/* The first line that GKeyFile doesn't take. */
guint vg_lines_find_syntax_error (const char *text);
