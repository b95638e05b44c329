/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line's part of a request: GLib's table is made of the request's.
 * GLib parses words alone; what they mean is found out afterwards, as it is in
 * XML and policies. */
#include "cmd/command-options.h"

#include "request/check.h"
#include "request/rules.h"
#include "request/set.h"

/* What GLib parses one option into. */
typedef union {
  char *text;
  char **list;
  gboolean flag;
} Word;

struct _VgCommandOptions {
  VgRequestPlace place;
  Word *words;           /* one for each row of the table */
  GOptionEntry *entries; /* of those that the command has */
};

/* Values are taken as the bytes they are, whatever the locale: GLib would turn
 * a G_OPTION_ARG_STRING into UTF-8, which fails in the C locale. */
static GOptionEntry
make_entry (const VgRequestOption *option, Word *word)
{
  static const GOptionArg args[] = {
    [VG_FIELD_TEXT] = G_OPTION_ARG_FILENAME,
    [VG_FIELD_LIST] = G_OPTION_ARG_FILENAME_ARRAY,
    [VG_FIELD_FLAG] = G_OPTION_ARG_NONE,
    [VG_FIELD_NUMBER] = G_OPTION_ARG_FILENAME,
  };

  return (GOptionEntry){ .long_name = option->name,
                         .arg = args[vg_request_option_get_type (option)],
                         .arg_data = word,
                         .description = option->help,
                         .arg_description = option->argument };
}

VgCommandOptions *
vg_command_options_new (VgRequestPlace place)
{
  VgCommandOptions *options = g_new0 (VgCommandOptions, 1);
  guint n, n_entries = 0;
  const VgRequestOption *table = vg_request_options (&n);

  options->place = place;
  options->words = g_new0 (Word, n);
  options->entries = g_new0 (GOptionEntry, n + 1);
  for (guint i = 0; i < n; i++)
    if (vg_request_option_get_word (&table[i], place) != NULL)
      options->entries[n_entries++] =
          make_entry (&table[i], &options->words[i]);
  return options;
}

void
vg_command_options_free (VgCommandOptions *options)
{
  guint n;
  const VgRequestOption *table = vg_request_options (&n);

  if (options == NULL)
    return;
  for (guint i = 0; i < n; i++) {
    VgFieldType type = vg_request_option_get_type (&table[i]);

    if (type == VG_FIELD_LIST)
      g_strfreev (options->words[i].list);
    else if (type != VG_FIELD_FLAG)
      g_free (options->words[i].text);
  }
  g_free (options->words);
  g_free (options->entries);
  g_free (options);
}

const GOptionEntry *
vg_command_options_get_entries (const VgCommandOptions *options)
{
  return options->entries;
}

static gboolean
set_list (VgRequest *request, VgRequestPlace place, const char *name,
          char **list, GError **error)
{
  for (; list != NULL && *list != NULL; list++)
    if (!vg_request_set (request, place, name, *list, error))
      return FALSE;
  return TRUE;
}

static gboolean
set_option (VgRequest *request, VgRequestPlace place,
            const VgRequestOption *option, const Word *word, GError **error)
{
  switch (vg_request_option_get_type (option)) {
  case VG_FIELD_LIST:
    return set_list (request, place, option->name, word->list, error);
  case VG_FIELD_FLAG:
    return !word->flag
           || vg_request_set (request, place, option->name, NULL, error);
  case VG_FIELD_TEXT:
  case VG_FIELD_NUMBER:
    break;
  }
  return word->text == NULL
         || vg_request_set (request, place, option->name, word->text, error);
}

VgRequest *
vg_command_options_to_request (const VgCommandOptions *options,
                               const VgConfig *config, const char *domain,
                               const char *name, GError **error)
{
  g_autoptr (VgRequest) request = vg_request_new (domain);
  guint n;
  const VgRequestOption *table = vg_request_options (&n);

  for (guint i = 0; i < n; i++)
    if (!set_option (request, options->place, &table[i], &options->words[i],
                     error))
      return NULL;
  if (!vg_request_check (request, options->place, config, error)
      || (name != NULL && !vg_request_check_name (name, error)))
    return NULL;
  request->name = g_strdup (name);
  return g_steal_pointer (&request);
}
