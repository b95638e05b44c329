/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Journals in files. */
#include "journal/private.h"

#include <glib/gstdio.h>
#include <string.h>

#include "util/directory.h"
#include "util/state-file.h"

#define SUFFIX ".json"

/* How much older than a request its time in the file may be, in s. */
#define MAX_STALE_S 10

/* How long jobs that never began are kept. */
#define MAX_RECORD_AGE_S (30 * 24 * 3600)

gboolean
vg_journal_write (VgJournal *journal, GError **error)
{
  g_autoptr (VgJson) json = json_object_new_object ();
  g_autofree char *text = NULL;
  g_autofree char *folder = g_path_get_dirname (journal->path);

  vg_json_set_int (json, "version", VG_JOURNAL_VERSION);
  vg_journal_fill_json (journal, json);
  text = vg_json_to_text (json, TRUE);
  if (!vg_directory_ensure (folder, 0700, NULL, error))
    return vg_directory_blame (VG_DIRECTORY_STATE_OPTION, error);
  if (vg_state_file_write (journal->path, text, error)) {
    journal->n_written = journal->steps->len;
    vg_journal_note_steps (journal);
    return TRUE;
  }
  g_prefix_error (error, "the job's journal can't be written: ");
  return FALSE;
}

gboolean
vg_journal_try (const char *state_path, GError **error)
{
  g_autofree char *folder = vg_journal_get_folder (state_path);

  return vg_directory_try (folder, NULL, error)
         || vg_directory_blame (VG_DIRECTORY_STATE_OPTION, error);
}

gboolean
vg_journal_ask (VgJournal *journal, guint number, GError **error)
{
  VgStep *step = journal->steps->pdata[number];
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  gboolean stale = ABS (now - step->asked) > MAX_STALE_S;

  step->request = VG_STEP_UNANSWERED;
  if (!stale && number < journal->n_written)
    return TRUE;
  step->asked = now;
  if (vg_journal_write (journal, error))
    return TRUE;
  step->request = VG_STEP_UNASKED;
  return FALSE;
}

static void
change_image_steps (VgJournal *journal, VgStepState from, VgStepState to)
{
  for (guint i = 0; i < journal->steps->len; i++) {
    VgStep *step = journal->steps->pdata[i];

    if (step->state == from && !step->dropped
        && vg_step_get_traits (step->kind)->part == VG_STEP_OF_IMAGE)
      step->state = to;
  }
}

gboolean
vg_journal_keep_images (VgJournal *journal, GError **error)
{
  change_image_steps (journal, VG_STEP_BEGUN, VG_STEP_KEPT);
  if (vg_journal_write (journal, error))
    return TRUE;
  change_image_steps (journal, VG_STEP_KEPT, VG_STEP_BEGUN);
  return FALSE;
}

/* Avoids blocking on something that is not a regular file. */
static gboolean
check_file (const char *path, GError **error)
{
  GStatBuf st;

  if (g_stat (path, &st) < 0 || S_ISREG (st.st_mode))
    return TRUE;
  g_set_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE,
               "%s is not the journal of a job: it is not a file", path);
  return FALSE;
}

/* An older version didn't note when a request was sent: not after it wrote the
 * file. */
static void
date_steps (VgJournal *journal)
{
  GStatBuf st;

  if (g_stat (journal->path, &st) < 0)
    return;
  for (guint i = 0; i < journal->steps->len; i++) {
    VgStep *step = journal->steps->pdata[i];

    if (step->asked == 0)
      step->asked = st.st_mtime;
  }
}

VgJournal *
vg_journal_read (const char *path, GError **error)
{
  g_autoptr (VgJson) json = NULL;
  g_autoptr (VgJournal) journal = vg_journal_new_empty ();

  if (!check_file (path, error))
    return NULL;
  json = vg_json_parse_file (path, error);
  if (json == NULL)
    return NULL;
  journal->path = g_strdup (path);
  if (vg_journal_from_json (journal, json, error)) {
    journal->n_written = journal->steps->len;
    date_steps (journal);
    return g_steal_pointer (&journal);
  }
  g_prefix_error (error, "%s: ", path);
  return NULL;
}

VgJournal *
vg_journal_find (const char *state_path, const char *id)
{
  g_autofree char *folder = vg_journal_get_folder (state_path);
  g_autofree char *path = g_strdup_printf ("%s/%s" SUFFIX, folder, id);

  return vg_journal_read (path, NULL);
}

static void
free_unread (gpointer data)
{
  VgUnreadJournal *unread = data;

  g_free (unread->id);
  g_free (unread->path);
  g_error_free (unread->why);
  g_free (unread);
}

static int
compare_age (gconstpointer a, gconstpointer b)
{
  const VgJournal *left = *(VgJournal *const *) a;
  const VgJournal *right = *(VgJournal *const *) b;

  if (left->started != right->started)
    return left->started < right->started ? -1 : 1;
  if (left->started_us != right->started_us)
    return left->started_us < right->started_us ? -1 : 1;
  return strcmp (left->id, right->id);
}

gboolean
vg_journal_may_read (const char *state_path, GError **error)
{
  g_autofree char *folder = vg_journal_get_folder (state_path);
  g_autoptr (GError) why = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &why);

  if (dir != NULL || g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&why),
                              "the jobs of this host can't be read: ");
  return vg_directory_blame (VG_DIRECTORY_STATE_OPTION, error);
}

gboolean
vg_journal_may_trust (const char *state_path, GError **error)
{
  g_autofree char *folder = vg_journal_get_folder (state_path);

  return vg_journal_may_read (state_path, error)
         && (vg_directory_check (folder, error)
             || vg_directory_blame (VG_DIRECTORY_STATE_OPTION, error));
}

static int
compare_unread (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(VgUnreadJournal *const *) a)->id,
                 (*(VgUnreadJournal *const *) b)->id);
}

/* Takes id and why. */
static void
add_unread (GPtrArray *list, const char *path, char *id, GError *why)
{
  VgUnreadJournal *unread = g_new0 (VgUnreadJournal, 1);

  unread->id = id;
  unread->path = g_strdup (path);
  unread->why = why;
  g_ptr_array_add (list, unread);
}

/* A file may be pruned at any moment; a link that leads nowhere is still there.
 */
static gboolean
is_gone (const char *path, const GError *error)
{
  GStatBuf st;

  return g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT)
         && g_lstat (path, &st) < 0;
}

static void
read_one (const char *folder, const char *name, GPtrArray *all,
          GPtrArray *unread)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  VgJournal *journal;

  if (!g_str_has_suffix (name, SUFFIX))
    return;
  journal = vg_journal_read (path, &error);
  if (journal != NULL)
    g_ptr_array_add (all, journal);
  else if (!is_gone (path, error))
    add_unread (unread, path, g_strndup (name, strlen (name) - strlen (SUFFIX)),
                g_steal_pointer (&error));
}

GPtrArray *
vg_journal_list (const char *state_path, GPtrArray **unread)
{
  g_autofree char *folder = vg_journal_get_folder (state_path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  GPtrArray *all =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_journal_free);
  const char *name;

  *unread = g_ptr_array_new_with_free_func (free_unread);
  if (dir == NULL && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    add_unread (*unread, folder, g_strdup (VG_UNREAD_ALL),
                g_steal_pointer (&error));
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    read_one (folder, name, all, *unread);
  g_ptr_array_sort (all, compare_age);
  g_ptr_array_sort (*unread, compare_unread);
  return all;
}

GPtrArray *
vg_journal_read_all (const char *state_path)
{
  g_autoptr (GPtrArray) unread = NULL;
  GPtrArray *all = vg_journal_list (state_path, &unread);

  for (guint i = 0; i < unread->len; i++)
    g_warning ("%s", ((VgUnreadJournal *) unread->pdata[i])->why->message);
  return all;
}

/* Whether the newer jobs leave no room for it. *n_begun, *n_records: their
 * numbers so far. */
static gboolean
is_too_old (const VgJournal *journal, guint keep, guint *n_begun,
            guint *n_records)
{
  gint64 age = g_get_real_time () / G_USEC_PER_SEC - journal->started;

  if (vg_journal_is_record (journal))
    return ++*n_records > keep / 2 || age > MAX_RECORD_AGE_S;
  return journal->state != VG_JOB_RUNNING && !vg_journal_has_leftovers (journal)
         && ++*n_begun > keep;
}

void
vg_journal_prune (const char *state_path, guint keep)
{
  g_autoptr (GPtrArray) all = vg_journal_read_all (state_path);
  g_autofree char *folder = vg_journal_get_folder (state_path);
  guint n_begun = 0, n_records = 0;

  vg_state_file_sweep (folder);
  for (guint i = all->len; i > 0; i--) {
    const VgJournal *journal = all->pdata[i - 1];

    if (is_too_old (journal, keep, &n_begun, &n_records))
      g_unlink (journal->path);
  }
}
