/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Flattening afterwards: journalled before the images are kept, started after.
 */
#include "job/flatten.h"

#include <glib/gstdio.h>

#include "util/child.h"

/* The clone's step. */
static const VgStep *
find_clone (const VgJournal *journal, const char *image_id)
{
  for (guint i = journal->steps->len; i > 0; i--) {
    const VgStep *step = journal->steps->pdata[i - 1];

    if (step->kind == VG_STEP_RBD_IMAGE && step->state == VG_STEP_BEGUN
        && g_str_has_suffix (step->object, image_id))
      return step;
  }
  return NULL;
}

/* The cloned snapshots are in the trash by then and are deleted after the
 * clones. If Glance deletes a clone before it is flattened, Glance has no right
 * to delete its snapshot. */
static void
add_snapshots (VgJournal *journal, const VgJournal *parent)
{
  for (guint i = 0; i < parent->steps->len; i++) {
    const VgStep *step = parent->steps->pdata[i];

    if (step->kind == VG_STEP_RBD_SNAPSHOT && step->state == VG_STEP_BEGUN)
      vg_journal_set_answered (
          journal, vg_journal_add_step (journal, step->kind, step->object));
  }
}

static VgJournal *
new_journal (const VgJob *job, const VgJobImage *image, const char *object)
{
  const VgJournal *parent = job->journal;
  VgJournal *journal = vg_journal_new (job->config->state_path);
  VgJobImage *copy = vg_journal_add_image (journal);

  journal->kind = VG_JOB_FLATTEN;
  journal->domain = g_strdup (parent->domain);
  journal->uuid = g_strdup (image->id);
  journal->uri = g_strdup (parent->uri);
  journal->project_id = g_strdup (parent->project_id);
  copy->id = g_strdup (image->id);
  copy->name = g_strdup (image->name);
  copy->disk = g_strdup (image->disk);
  copy->format = g_strdup (image->format);
  copy->way = g_strdup (image->way);
  copy->store = g_strdup (image->store);
  copy->size = image->size;
  for (guint i = 0; i < parent->clusters->len; i++)
    vg_journal_add_cluster (journal, parent->clusters->pdata[i]);
  add_snapshots (journal, parent);
  vg_journal_add_step (journal, VG_STEP_FLATTEN, object);
  return journal;
}

gboolean
vg_flatten_note_clone (const VgJob *job, const VgJobImage *image,
                       const char *object, GPtrArray *journals, GError **error)
{
  VgJournal *journal = new_journal (job, image, object);

  g_ptr_array_add (journals, journal);
  if (vg_journal_write (journal, error))
    return TRUE;
  vg_flatten_drop (journals);
  return FALSE;
}

GPtrArray *
vg_flatten_new_list (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) vg_journal_free);
}

GPtrArray *
vg_flatten_note (const VgJob *job, GError **error)
{
  g_autoptr (GPtrArray) journals = vg_flatten_new_list ();

  for (guint i = 0; i < job->plan->images->len; i++) {
    const VgPlanImage *planned = job->plan->images->pdata[i];
    const VgJobImage *image = job->journal->images->pdata[i];
    const VgStep *clone =
        planned->flatten_after ? find_clone (job->journal, image->id) : NULL;

    if (clone != NULL
        && !vg_flatten_note_clone (job, image, clone->object, journals, error))
      return NULL;
  }
  return g_steal_pointer (&journals);
}

void
vg_flatten_drop (GPtrArray *journals)
{
  for (guint i = 0; i < journals->len; i++)
    g_unlink (((VgJournal *) journals->pdata[i])->path);
  g_ptr_array_set_size (journals, 0);
}

/* Runs "virt-glance recover JOB" as a separate process. */
static gboolean
start_recovery (const VgJournal *journal, const VgConfig *config,
                GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = vg_child_launcher (
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  const char *plain[] = { "/proc/self/exe", "recover", journal->id, NULL };
  const char *configured[] = { "/proc/self/exe", "--config",  config->path,
                               "recover",        journal->id, NULL };
  g_autoptr (GSubprocess) process = NULL;

  g_subprocess_launcher_set_child_setup (launcher, vg_child_leave_session, NULL,
                                         NULL);
  process = g_subprocess_launcher_spawnv (
      launcher, config->path != NULL ? configured : plain, error);
  return process != NULL;
}

void
vg_flatten_start (const VgJournal *journal, const VgConfig *config,
                  const VgReport *report)
{
  g_autoptr (GError) why = NULL;

  if (!start_recovery (journal, config, &why))
    vg_report_warning (report,
                       "image %s can't be flattened in the background: %s; "
                       "'virt-glance recover' does it",
                       journal->uuid, why->message);
}
