/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Line numbers in key files, which GKeyFile doesn't report. The text is
 * searched only after an error. */
#include "util/lines.h"

#include <string.h>

guint
vg_lines_find (const char *text, const char *section, const char *key)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *header = g_strdup_printf ("[%s]", section);
  gboolean inside = FALSE;
  guint found = 0;

  for (guint i = 0; lines[i] != NULL; i++) {
    char *line = g_strstrip (lines[i]);
    gsize n = key != NULL ? strlen (key) : 0;

    if (*line == '[') {
      inside = strcmp (line, header) == 0;
      if (inside && key == NULL)
        found = i + 1;
    } else if (inside && key != NULL && strncmp (line, key, n) == 0
               && *g_strchug (line + n) == '=') {
      found = i + 1;
    }
  }
  return found;
}

/* The syntax error is in the last line of the shortest prefix that GKeyFile
 * refuses. */
guint
vg_lines_find_syntax_error (const char *text)
{
  guint line = 1;

  for (const char *end = text; end != NULL && *end != '\0'; line++) {
    g_autoptr (GKeyFile) file = g_key_file_new ();

    end = strchr (end, '\n');
    end = end != NULL ? end + 1 : NULL;
    if (!g_key_file_load_from_data (file, text,
                                    end ? (gsize) (end - text) : strlen (text),
                                    G_KEY_FILE_NONE, NULL))
      break;
  }
  return line;
}
