/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's journal in memory. */
#include "journal/private.h"

#include "util/text.h"

#define ID_TRIES 100

static const char *const state_names[] = { "running", "done", "failed",
                                           "cancelled" };

static void
free_step (gpointer data)
{
  VgStep *step = data;

  g_free (step->object);
  g_free (step->xml);
  g_free (step);
}

static void
free_image (gpointer data)
{
  VgJobImage *image = data;

  g_free (image->id);
  g_free (image->name);
  g_free (image->disk);
  g_free (image->format);
  g_free (image->way);
  g_free (image->store);
  g_free (image->rule);
  g_free (image->reason);
  g_free (image->owner);
  g_free (image->member);
  g_strfreev (image->copies);
  g_free (image->checksum);
  g_free (image->hash_algo);
  g_free (image->hash_value);
  g_free (image);
}

VgJournal *
vg_journal_new_empty (void)
{
  VgJournal *journal = g_new0 (VgJournal, 1);

  journal->steps = g_ptr_array_new_with_free_func (free_step);
  journal->images = g_ptr_array_new_with_free_func (free_image);
  journal->clusters =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_ceph_address_free);
  return journal;
}

char *
vg_journal_get_folder (const char *state_path)
{
  return g_build_filename (state_path, "jobs", NULL);
}

VgJournal *
vg_journal_new (const char *state_path)
{
  g_autofree char *folder = vg_journal_get_folder (state_path);
  VgJournal *journal = vg_journal_new_empty ();

  /* The id is short enough to type; if it is taken, try another. */
  for (guint try = 0; try < ID_TRIES; try++) {
    g_free (journal->id);
    g_free (journal->path);
    journal->id = g_strdup_printf ("%08x", g_random_int ());
    journal->path = g_strdup_printf ("%s/%s.json", folder, journal->id);
    if (!g_file_test (journal->path, G_FILE_TEST_EXISTS))
      break;
  }
  journal->started_us = g_get_real_time ();
  journal->started = journal->started_us / G_USEC_PER_SEC;
  return journal;
}

void
vg_journal_free (VgJournal *journal)
{
  if (journal == NULL)
    return;
  g_free (journal->path);
  g_free (journal->id);
  g_free (journal->domain);
  g_free (journal->uuid);
  g_free (journal->uri);
  g_free (journal->project_id);
  g_strfreev (journal->not_contained);
  g_free (journal->order);
  g_free (journal->backup_type);
  g_free (journal->error);
  g_free (journal->code);
  g_free (journal->quiesce.obstacle);
  g_ptr_array_unref (journal->steps);
  g_ptr_array_unref (journal->images);
  g_ptr_array_unref (journal->clusters);
  g_free (journal);
}

guint
vg_journal_add_step (VgJournal *journal, VgStepKind kind, const char *object)
{
  VgStep *step = g_new0 (VgStep, 1);

  step->kind = kind;
  step->object = g_strdup (object);
  step->request = VG_STEP_UNASKED;
  step->asked = g_get_real_time () / G_USEC_PER_SEC;
  g_ptr_array_add (journal->steps, step);
  return journal->steps->len - 1;
}

void
vg_journal_set_answered (VgJournal *journal, guint number)
{
  VgStep *step = journal->steps->pdata[number];

  step->request = VG_STEP_ANSWERED;
}

void
vg_journal_drop (VgJournal *journal, guint number)
{
  VgStep *step = journal->steps->pdata[number];

  step->dropped = TRUE;
}

void
vg_journal_set_undone (VgJournal *journal, guint number)
{
  VgStep *step = journal->steps->pdata[number];

  step->state = VG_STEP_UNDONE;
}

void
vg_journal_set_quiesce (VgJournal *journal, const VgJobQuiesce *quiesce)
{
  char *obstacle = g_strdup (quiesce->obstacle);

  g_free (journal->quiesce.obstacle);
  journal->quiesce = *quiesce;
  journal->quiesce.obstacle = obstacle;
}

void
vg_journal_add_cluster (VgJournal *journal, const VgCephAddress *cluster)
{
  for (guint i = 0; i < journal->clusters->len; i++) {
    const VgCephAddress *noted = journal->clusters->pdata[i];

    if (g_str_equal (noted->fsid, cluster->fsid)
        && vg_ceph_address_equal (noted, cluster))
      return;
  }
  g_ptr_array_add (journal->clusters, vg_ceph_address_copy (cluster));
}

VgJobImage *
vg_journal_add_image (VgJournal *journal)
{
  VgJobImage *image = g_new0 (VgJobImage, 1);

  g_ptr_array_add (journal->images, image);
  return image;
}

gboolean
vg_journal_is_record (const VgJournal *journal)
{
  return journal->steps->len == 0 && journal->state != VG_JOB_RUNNING
         && journal->state != VG_JOB_DONE;
}

gboolean
vg_journal_has_leftovers (const VgJournal *journal)
{
  for (guint i = 0; i < journal->steps->len; i++)
    if (((VgStep *) journal->steps->pdata[i])->state == VG_STEP_BEGUN)
      return TRUE;
  return FALSE;
}

gboolean
vg_journal_needs (const VgJournal *journal, VgStepNeeds peer)
{
  for (guint i = 0; i < journal->steps->len; i++) {
    const VgStep *step = journal->steps->pdata[i];

    if (step->state == VG_STEP_BEGUN
        && vg_step_get_traits (step->kind)->needs == peer)
      return TRUE;
  }
  return FALSE;
}

gboolean
vg_journal_all_undone (const GPtrArray *journals, VgStepKind kind,
                       const char *object)
{
  gboolean known = FALSE;

  for (guint i = 0; i < journals->len; i++) {
    const VgJournal *journal = journals->pdata[i];

    for (guint j = 0; j < journal->steps->len; j++) {
      const VgStep *step = journal->steps->pdata[j];

      if (step->kind != kind || !g_str_equal (step->object, object))
        continue;
      if (step->state != VG_STEP_UNDONE)
        return FALSE;
      known = TRUE;
    }
  }
  return known;
}

gboolean
vg_journal_has_kept (const VgJournal *journal)
{
  for (guint i = 0; i < journal->steps->len; i++)
    if (((VgStep *) journal->steps->pdata[i])->state == VG_STEP_KEPT)
      return TRUE;
  return FALSE;
}

const char *
vg_job_state_to_string (VgJobState state)
{
  return state_names[state];
}

gboolean
vg_job_state_from_string (const char *name, VgJobState *state)
{
  int i = vg_text_find_word (state_names, G_N_ELEMENTS (state_names), name);

  if (i >= 0)
    *state = (VgJobState) i;
  return i >= 0;
}
