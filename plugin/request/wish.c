/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an image shall be like, word by word: the same words in a request's
 * attributes, in those of a policy's answers, and in the host's files. */
#include "request/wish.h"

#include <string.h>

#include "util/text.h"

G_DEFINE_QUARK (vg_policy_error_quark, vg_policy_error)

#define SHOWN 40 /* characters of a stranger's word in a message */

/* Why a domain may have stopped for good. The other reasons of libvirt's are
 * about domains that go on elsewhere or later. */
static const char *const stop_reasons[] = { "shutdown", "destroyed", "crashed",
                                            NULL };

/* By VgWords. */
static const char *const words_known[][12] = {
  { "name", "from", "store", "format", "compress", "quiesce", "encrypted",
    "disks", NULL },
  { "type", "rotation", "name", "store", "format", "compress", "quiesce",
    "encrypted", "disks", NULL },
  { "store", "format", "compress", "quiesce", "encrypted", "disks", "reasons",
    NULL },
  { "type", "rotation", "store", "format", "compress", "quiesce", "encrypted",
    "disks", NULL },
  { "type", "rotation", "store", "format", "compress", "disks", NULL },
};

#define NO_ROTATION G_MAXUINT
#define MAX_ROTATION 100000

VgWish *
vg_wish_new (VgWords words)
{
  VgWish *wish = g_new0 (VgWish, 1);

  wish->rotation = NO_ROTATION;
  if (words == VG_WORDS_ON_STOPPED)
    wish->reasons = g_strsplit ("shutdown", " ", -1);
  return wish;
}

void
vg_wish_free (VgWish *wish)
{
  if (wish == NULL)
    return;
  g_free (wish->name);
  g_free (wish->from);
  g_free (wish->store);
  g_free (wish->format);
  g_free (wish->quiesce);
  g_free (wish->encrypted);
  g_free (wish->compress);
  g_strfreev (wish->disks);
  g_free (wish->backup_type);
  g_strfreev (wish->reasons);
  g_free (wish);
}

/* Words between white space and commas. */
static char **
split_words (const char *text)
{
  g_auto (GStrv) parts = g_strsplit_set (text, " \t\r\n,", -1);
  GPtrArray *words = g_ptr_array_new ();

  for (char **p = parts; *p != NULL; p++)
    if (**p != '\0')
      g_ptr_array_add (words, g_strdup (*p));
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (words, FALSE);
}

static gboolean
set_disks (VgWish *wish, const char *value)
{
  g_clear_pointer (&wish->disks, g_strfreev);
  wish->all_disks = strcmp (value, "all") == 0;
  if (!wish->all_disks && strcmp (value, "root") != 0)
    wish->disks = split_words (value);
  return TRUE;
}

static gboolean
set_reasons (VgWish *wish, const char *value, GError **error)
{
  g_auto (GStrv) words = split_words (value);
  g_autofree char *known = g_strjoinv (", ", (char **) stop_reasons);

  for (char **word = words; *word != NULL; word++) {
    g_autofree char *shown = vg_text_clean (*word, SHOWN);

    if (g_strv_contains (stop_reasons, *word))
      continue;
    g_set_error (error, VG_POLICY_ERROR, VG_POLICY_ERROR_SYNTAX,
                 "reasons='%s' is not known; there are %s", shown, known);
    return FALSE;
  }
  if (*words == NULL) {
    g_set_error (error, VG_POLICY_ERROR, VG_POLICY_ERROR_SYNTAX,
                 "'reasons' names none; there are %s", known);
    return FALSE;
  }
  g_strfreev (wish->reasons);
  wish->reasons = g_steal_pointer (&words);
  return TRUE;
}

static gboolean
set_text (char **field, const char *value)
{
  g_free (*field);
  *field = g_strdup (value);
  return TRUE;
}

static gboolean
set_rotation (VgWish *wish, const char *value, GError **error)
{
  g_autofree char *shown = vg_text_clean (value, SHOWN);
  guint64 number;

  if (!g_ascii_string_to_unsigned (value, 10, 0, MAX_ROTATION, &number, NULL)) {
    g_set_error (error, VG_POLICY_ERROR, VG_POLICY_ERROR_SYNTAX,
                 "rotation='%s' is no number from 0 to %d", shown,
                 MAX_ROTATION);
    return FALSE;
  }
  wish->rotation = (guint) number;
  return TRUE;
}

static gboolean
check_word (VgWords words, const char *key, const char *value, GError **error)
{
  const char *const *known = words_known[words];
  g_autofree char *shown = vg_text_clean (key, SHOWN);
  g_autofree char *list = NULL;

  if (!g_strv_contains (known, key)) {
    list = g_strjoinv (", ", (char **) known);
    g_set_error (error, VG_POLICY_ERROR, VG_POLICY_ERROR_SYNTAX,
                 "'%s' is not known; there are %s", shown, list);
    return FALSE;
  }
  if (*value != '\0')
    return TRUE;
  g_set_error (error, VG_POLICY_ERROR, VG_POLICY_ERROR_SYNTAX,
               "'%s' has no value", shown);
  return FALSE;
}

gboolean
vg_wish_set (VgWish *wish, VgWords words, const char *key, const char *value,
             GError **error)
{
  if (!check_word (words, key, value, error))
    return FALSE;
  if (strcmp (key, "store") == 0)
    return set_text (&wish->store, value);
  if (strcmp (key, "format") == 0)
    return set_text (&wish->format, value);
  if (strcmp (key, "quiesce") == 0)
    return set_text (&wish->quiesce, value);
  if (strcmp (key, "encrypted") == 0)
    return set_text (&wish->encrypted, value);
  if (strcmp (key, "compress") == 0)
    return set_text (&wish->compress, value);
  if (strcmp (key, "disks") == 0)
    return set_disks (wish, value);
  if (strcmp (key, "type") == 0)
    return set_text (&wish->backup_type, value);
  if (strcmp (key, "rotation") == 0)
    return set_rotation (wish, value, error);
  if (strcmp (key, "reasons") == 0)
    return set_reasons (wish, value, error);
  if (strcmp (key, "from") == 0)
    return set_text (&wish->from, value);
  return set_text (&wish->name, value);
}

gboolean
vg_wish_check (const VgWish *wish, VgWords words, GError **error)
{
  gboolean may_be_none = words == VG_WORDS_ON_SNAPSHOT;

  if (words != VG_WORDS_BACKUP && words != VG_WORDS_ON_BACKUP && !may_be_none)
    return TRUE;
  if (may_be_none && wish->backup_type == NULL && wish->rotation == NO_ROTATION)
    return TRUE;
  if (wish->backup_type != NULL && wish->rotation != NO_ROTATION)
    return TRUE;
  g_set_error (error, VG_POLICY_ERROR, VG_POLICY_ERROR_SYNTAX,
               "it does not say '%s'",
               wish->backup_type == NULL ? "type" : "rotation");
  return FALSE;
}
