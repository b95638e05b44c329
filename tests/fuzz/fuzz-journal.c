/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's journal: what can be read is written, and read again it is the same.
 */
#include "fuzz/fuzz.h"
#include "journal/journal.h"

static void
check_journal (VgJournal *journal)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgJournal) again = NULL;
  g_autoptr (VgJson) json = vg_journal_to_json (journal), twice = NULL;
  g_autofree char *text = vg_json_to_text (json, FALSE), *second = NULL;
  gboolean written = vg_journal_write (journal, &error);

  g_assert_no_error (error);
  g_assert_true (written);
  again = vg_journal_read (journal->path, &error);
  g_assert_no_error (error);
  twice = vg_journal_to_json (again);
  second = vg_json_to_text (twice, FALSE);
  g_assert_cmpstr (text, ==, second);
  vg_journal_has_leftovers (journal);
  for (int peer = VG_STEP_NEEDS_NOTHING; peer <= VG_STEP_NEEDS_CEPH; peer++)
    vg_journal_needs (journal, (VgStepNeeds) peer);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *path = fuzz_write ("job.json", data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgJournal) journal = vg_journal_read (path, &error);

  fuzz_check_result (journal != NULL, error);
  if (journal != NULL)
    check_journal (journal);
  return 0;
}
