/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Journals of jobs that failed before they began. */
#include "job/record.h"

#include <glib/gstdio.h>

#include "job/outcome.h"

VgJournal *
vg_job_new_journal (const VgConfig *config, const char *domain,
                    const char *uuid, const char *uri, const VgRequest *request)
{
  VgJournal *journal = vg_journal_new (config->state_path);

  journal->domain = g_strdup (domain);
  journal->uuid = g_strdup (uuid != NULL ? uuid : VG_JOURNAL_NO_UUID);
  journal->uri = g_strdup (uri);
  if (request == NULL)
    return journal;
  journal->order = g_strdup (request->order);
  journal->backup_type = g_strdup (request->backup_type);
  if (request->backup_type != NULL)
    journal->rotation = (int) request->rotation;
  return journal;
}

static void
replace_text (char **text, const char *value)
{
  g_free (*text);
  *text = g_strdup (value);
}

/* Makes the journal the next try of the same order, if there was one. */
static void
join_tries (VgJournal *journal, const VgConfig *config)
{
  g_autoptr (GPtrArray) unread = NULL;
  g_autoptr (GPtrArray) all = NULL;

  if (journal->order == NULL)
    return;
  all = vg_journal_list (config->state_path, &unread);
  for (guint i = 0; i < all->len; i++) {
    const VgJournal *old = all->pdata[i];

    if (g_strcmp0 (old->order, journal->order) != 0
        || !vg_journal_is_record (old))
      continue;
    /* If it waited for its turn, it was written. */
    g_unlink (journal->path);
    replace_text (&journal->id, old->id);
    replace_text (&journal->path, old->path);
    journal->started = old->started;
    journal->started_us = old->started_us;
    journal->tries = MAX (old->tries, 1) + 1;
    return;
  }
}

void
vg_job_record_failure (VgJournal *journal, const VgConfig *config,
                       const VgReport *report, const GError *error)
{
  g_autoptr (GError) why = NULL;

  join_tries (journal, config);
  /* It took none of the steps that it was to begin with. */
  g_ptr_array_set_size (journal->steps, 0);
  g_ptr_array_set_size (journal->images, 0);
  vg_outcome_note (journal, error);
  journal->finished = g_get_real_time () / G_USEC_PER_SEC;
  if (!vg_journal_write (journal, &why)) {
    g_debug ("job %s is not recorded: %s", journal->id, why->message);
    return;
  }
  vg_journal_prune (config->state_path, VG_JOBS_KEPT);
  vg_report_failed (report, journal->id);
}
