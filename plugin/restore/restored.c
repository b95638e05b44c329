/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images and results of restores, in the journal and in words. */
#include "restore/restored.h"

#include "job/error.h"
#include "job/stages.h"

VgJobImage *
vg_restored_note_image (VgJournal *journal, const VgImageRecord *record,
                        const char *target)
{
  VgJobImage *image = vg_journal_add_image (journal);

  image->id = g_strdup (record->id);
  image->name = g_strdup (record->name);
  image->disk = g_strdup (target);
  image->format = g_strdup (record->disk_format);
  image->size = record->size;
  image->owner = g_strdup (record->owner);
  image->checksum = g_strdup (record->checksum);
  image->hash_algo = g_strdup (record->os_hash_algo);
  image->hash_value = g_strdup (record->os_hash_value);
  return image;
}

static void
throw_leftover (const VgJob *job, const char *done, const GError *failure,
                const GError *why, GError **error)
{
  if (failure != NULL)
    g_set_error (error, VG_RUN_ERROR,
                 vg_run_error_is_late (why) ? VG_RUN_ERROR_LATE
                                            : VG_RUN_ERROR_LEFTOVER,
                 "%s; in addition, the rollback is incomplete (%s); run "
                 "'virt-glance recover'",
                 failure->message, why->message);
  else
    g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER,
                 "domain %s is %s, but the cleanup is incomplete (%s); run "
                 "'virt-glance recover'",
                 job->journal->domain, done, why->message);
}

void
vg_restored_finish (const VgJob *job, const char *done, const GError *failure,
                    GError **error)
{
  g_autoptr (GError) why = NULL;

  if (!vg_job_finish (job, failure, &why))
    throw_leftover (job, done, failure, why, error);
  else if (failure != NULL)
    g_propagate_error (error, g_error_copy (failure));
}
