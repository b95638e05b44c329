/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collects what happened to each guest, and prints it at the end. */
#include "cmd/backup-report.h"

#include <stdio.h>
#include <string.h>

#include "cmd/log.h"
#include "cmd/output.h"
#include "job/outcome.h"
#include "util/text.h"

#define RESULT_WIDTH 8
#define DOMAIN_WIDTH 20

typedef enum {
  PLANNED, /* of a dry run, which has none that is done */
  DONE,
  SKIPPED,
  FAILED,
  N_RESULTS,
} Result;

static const char *const words[] = {
  [PLANNED] = "planned",
  [DONE] = "done",
  [SKIPPED] = "skipped",
  [FAILED] = "failed",
};

typedef struct {
  Result result;
  char *domain, *uuid; /* uuid: or NULL */
  char *text;          /* for people */
  VgJson *json;
} Entry;

struct _VgBackupReport {
  char *type;
  GPtrArray *entries; /* of Entry */
  guint counts[N_RESULTS];
  guint n_other, n_left;
  guint n_failed; /* guests of which anything failed */
  char *error;    /* why the run ended early, or NULL */
  VgJson *waits;  /* or NULL */
  VgFailure failure;
  VgExit status;
};

static void
free_entry (gpointer data)
{
  Entry *entry = data;

  g_free (entry->domain);
  g_free (entry->uuid);
  g_free (entry->text);
  vg_json_unref (entry->json);
  g_free (entry);
}

VgBackupReport *
vg_backup_report_new (const char *type)
{
  VgBackupReport *report = g_new0 (VgBackupReport, 1);

  report->type = g_strdup (type);
  report->entries = g_ptr_array_new_with_free_func (free_entry);
  return report;
}

void
vg_backup_report_free (VgBackupReport *report)
{
  if (report == NULL)
    return;
  g_ptr_array_unref (report->entries);
  vg_json_unref (report->waits);
  g_free (report->type);
  g_free (report->error);
  g_free (report);
}

static void
note_failure (VgBackupReport *report, const GError *error)
{
  VgFailure failure = vg_outcome_of (error);
  VgExit status = vg_exit_from_failure (failure);
  gboolean first = report->n_failed++ == 0;

  if (first || status == VG_EXIT_LEFTOVER) {
    report->status = status;
    report->failure = failure;
  } else if (report->status != VG_EXIT_LEFTOVER) {
    if (report->status != status)
      report->status = VG_EXIT_FAILURE;
    if (report->failure != failure)
      report->failure = VG_FAILURE_OTHER;
  }
}

static void
set_error (VgJson *json, VgFailure failure, const char *message)
{
  const char *code = vg_failure_get_traits (failure)->code;

  vg_json_set_take (json, "error", vg_journal_error_to_json (code, message));
}

/* Takes text and json. error: what failed, or NULL. */
static void
add_entry (VgBackupReport *report, const VgGuestBackup *backup, Result result,
           const GError *error, char *text, VgJson *json)
{
  Entry *entry = g_new0 (Entry, 1);
  const VgDomain *domain = backup->domain;

  entry->result = result;
  entry->domain =
      g_strdup (domain != NULL ? domain->name : backup->request->domain);
  entry->text = text;
  entry->json = json;
  vg_json_set_string (json, "domain", entry->domain);
  vg_json_set_string (json, "uuid", backup->uuid);
  vg_json_set_string (json, "result", words[result]);
  g_ptr_array_add (report->entries, entry);
  report->counts[result]++;
  if (error == NULL)
    return;
  set_error (json, vg_outcome_of (error), error->message);
  vg_json_set_int (json, "status", vg_exit_from_error (error));
  note_failure (report, error);
}

static VgJson *
with_version (VgJson *object)
{
  vg_output_set_version (object);
  return object;
}

/* "image ID in store cheap, image ID in store cheap" */
static char *
list_images (const VgJournal *journal)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < journal->images->len; i++) {
    const VgJobImage *image = journal->images->pdata[i];

    g_string_append_printf (text, "%simage %s", i > 0 ? ", " : "", image->id);
    if (image->store != NULL)
      g_string_append_printf (text, " in store %s", image->store);
  }
  return g_string_free (text, FALSE);
}

static char *
describe_done (const VgGuestBackupResult *result)
{
  g_autofree char *list =
      result->journal != NULL ? list_images (result->journal) : NULL;
  GString *text = g_string_new (list != NULL ? list : "none was made");

  if (result->deleted->len > 0)
    g_string_append_printf (text, "; %u old deleted", result->deleted->len);
  if (result->error != NULL)
    g_string_append_printf (text, "; but %s", result->error->message);
  return g_string_free (text, FALSE);
}

void
vg_backup_report_add_done (VgBackupReport *report, const VgGuestBackup *backup,
                           const VgGuestBackupResult *result)
{
  VgJson *json = json_object_new_object ();

  vg_json_set_take (json, "job",
                    with_version (vg_guest_backup_result_to_json (result)));
  add_entry (report, backup, DONE, result->error, describe_done (result), json);
}

void
vg_backup_report_add_planned (VgBackupReport *report,
                              const VgGuestBackup *backup,
                              const VgGuestBackupResult *result)
{
  VgJson *json = json_object_new_object ();
  GString *text = g_string_new (NULL);

  for (guint i = 0; result->plan != NULL && i < result->plan->images->len;
       i++) {
    const VgPlanImage *image = result->plan->images->pdata[i];

    g_string_append_printf (text, "%sdisk %s", i > 0 ? ", " : "",
                            image->target);
    if (image->choice != NULL && image->choice->store != NULL)
      g_string_append_printf (text, " to store %s", image->choice->store);
  }
  for (guint i = 0; i < result->deleted->len; i++)
    g_string_append_printf (text, "; would delete %s",
                            (char *) result->deleted->pdata[i]);
  vg_json_set_take (json, "plan",
                    with_version (vg_guest_backup_result_to_json (result)));
  add_entry (report, backup, PLANNED, NULL, g_string_free (text, FALSE), json);
}

void
vg_backup_report_add_skipped (VgBackupReport *report,
                              const VgGuestBackup *backup, const char *reason,
                              const char *image)
{
  VgJson *json = json_object_new_object ();

  vg_json_set_string (json, "reason", reason);
  vg_json_set_string (json, "image", image);
  add_entry (report, backup, SKIPPED, NULL, g_strdup (reason), json);
}

void
vg_backup_report_add_failed (VgBackupReport *report,
                             const VgGuestBackup *backup,
                             const VgJournal *journal, const GError *error)
{
  VgJson *json = json_object_new_object ();

  if (journal != NULL)
    vg_json_set_take (json, "job", with_version (vg_journal_to_json (journal)));
  add_entry (report, backup, FAILED, error, g_strdup (error->message), json);
}

void
vg_backup_report_add_other (VgBackupReport *report)
{
  report->n_other++;
}

void
vg_backup_report_end_early (VgBackupReport *report, const GError *error,
                            guint n_left)
{
  g_free (report->error);
  report->error = g_strdup (error->message);
  report->n_left = n_left;
  /* Whatever failed before: a signal's status needs it. */
  if (report->status == VG_EXIT_LEFTOVER)
    return;
  report->failure = vg_outcome_of (error);
  report->status = vg_exit_from_failure (report->failure);
}

void
vg_backup_report_set_waits (VgBackupReport *report, VgJson *waits)
{
  vg_json_unref (report->waits);
  report->waits = json_object_get (waits);
}

/* A new reference. */
static VgJson *
report_to_json (const VgBackupReport *report)
{
  VgJson *object = json_object_new_object ();
  VgJson *guests = json_object_new_array ();

  vg_json_set_string (object, "type", report->type);
  for (guint i = 0; i < report->entries->len; i++)
    json_object_array_add (
        guests, json_object_get (((Entry *) report->entries->pdata[i])->json));
  vg_json_set_take (object, "guests", guests);
  if (report->counts[PLANNED] > 0)
    vg_json_set_int (object, "planned", report->counts[PLANNED]);
  vg_json_set_int (object, "done", report->counts[DONE]);
  vg_json_set_int (object, "skipped", report->counts[SKIPPED]);
  vg_json_set_int (object, "failed", report->counts[FAILED]);
  vg_json_set_int (object, "without_policy", report->n_other);
  if (report->error != NULL)
    vg_json_set_int (object, "not_reached", report->n_left);
  if (report->waits != NULL)
    vg_json_set_take (object, "waits", json_object_get (report->waits));
  return object;
}

static void
print_entry (const Entry *entry)
{
  g_autofree char *domain = vg_text_clean (entry->domain, 0);
  g_autofree char *text = vg_text_clean (entry->text, VG_TEXT_MESSAGE);
  glong width = g_utf8_strlen (domain, -1);

  printf ("%-*s %s%*s %s\n", RESULT_WIDTH, words[entry->result], domain,
          (int) MAX (0, DOMAIN_WIDTH - width), "", text);
}

static void
print_text (const VgBackupReport *report)
{
  g_autofree char *type = vg_text_clean (report->type, 0);

  for (guint i = 0; i < report->entries->len; i++)
    print_entry (report->entries->pdata[i]);
  printf ("Backups of type %s: %u done, %u skipped, %u failed", type,
          report->counts[DONE], report->counts[SKIPPED],
          report->counts[FAILED]);
  if (report->counts[PLANNED] > 0)
    printf (", %u planned", report->counts[PLANNED]);
  if (report->n_other > 0)
    printf ("; guests without a policy for it: %u", report->n_other);
  if (report->error != NULL)
    printf ("; guests not looked at: %u", report->n_left);
  printf ("\n");
}

/* The guests' own failures are in the report. */
static char *
describe_failure (const VgBackupReport *report)
{
  if (report->error != NULL)
    return g_strdup (report->error);
  return g_strdup_printf ("backups of type %s: something failed of %u of %u "
                          "guests",
                          report->type, report->n_failed, report->entries->len);
}

int
vg_backup_report_end (const VgBackupReport *report, gboolean json)
{
  g_autoptr (VgJson) object = report_to_json (report);
  g_autofree char *failure = describe_failure (report);

  if (!json)
    print_text (report);
  if (report->status != VG_EXIT_SUCCESS)
    vg_log_failure (report->failure, failure, NULL, object);
  else if (json)
    vg_output_print (object, stdout);
  return (int) report->status;
}
