/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collects what happened to each guest, and prints it at the end. */
#include "cmd/backup-report.h"

#include <stdio.h>
#include <string.h>

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
  VgExit status;
  VgJson *json;
} Entry;

struct _VgBackupReport {
  char *type;
  GPtrArray *entries; /* of Entry */
  guint counts[N_RESULTS];
  guint n_other, n_left;
  char *error; /* why the run ended early, or NULL */
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
  g_free (report->type);
  g_free (report->error);
  g_free (report);
}

static void
note_status (VgBackupReport *report, VgExit status)
{
  if (report->status == VG_EXIT_SUCCESS || status == VG_EXIT_LEFTOVER)
    report->status = status;
  else if (status != VG_EXIT_SUCCESS && report->status != VG_EXIT_LEFTOVER
           && report->status != status)
    report->status = VG_EXIT_FAILURE;
}

/* Takes text and json. */
static void
add_entry (VgBackupReport *report, const VgGuestBackup *backup, Result result,
           VgExit status, char *text, VgJson *json)
{
  Entry *entry = g_new0 (Entry, 1);
  const VgDomain *domain = backup->domain;

  entry->result = result;
  entry->status = status;
  entry->domain =
      g_strdup (domain != NULL ? domain->name : backup->request->domain);
  entry->text = text;
  entry->json = json;
  vg_json_set_string (json, "domain", entry->domain);
  vg_json_set_string (json, "uuid", backup->uuid);
  vg_json_set_string (json, "result", words[result]);
  g_ptr_array_add (report->entries, entry);
  report->counts[result]++;
  note_status (report, status);
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
  const GError *error = result->error;
  VgJson *json = json_object_new_object ();

  vg_json_set_take (json, "job", vg_guest_backup_result_to_json (result));
  if (error != NULL)
    vg_json_set_string (json, "error", error->message);
  add_entry (report, backup, DONE,
             error != NULL ? vg_exit_from_error (error) : VG_EXIT_SUCCESS,
             describe_done (result), json);
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
  vg_json_set_take (json, "plan", vg_guest_backup_result_to_json (result));
  add_entry (report, backup, PLANNED, VG_EXIT_SUCCESS,
             g_string_free (text, FALSE), json);
}

void
vg_backup_report_add_skipped (VgBackupReport *report,
                              const VgGuestBackup *backup, const char *reason,
                              const char *image)
{
  VgJson *json = json_object_new_object ();

  vg_json_set_string (json, "reason", reason);
  vg_json_set_string (json, "image", image);
  add_entry (report, backup, SKIPPED, VG_EXIT_SUCCESS, g_strdup (reason), json);
}

void
vg_backup_report_add_failed (VgBackupReport *report,
                             const VgGuestBackup *backup, const GError *error)
{
  VgJson *json = json_object_new_object ();
  VgExit status = vg_exit_from_error (error);

  vg_json_set_string (json, "error", error->message);
  vg_json_set_int (json, "status", status);
  add_entry (report, backup, FAILED, status, g_strdup (error->message), json);
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
  if (report->status != VG_EXIT_LEFTOVER)
    report->status = vg_exit_from_error (error);
}

static void
print_json (const VgBackupReport *report)
{
  g_autoptr (VgJson) object = json_object_new_object ();
  VgJson *guests = json_object_new_array ();
  g_autofree char *text = NULL;

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
  if (report->error != NULL) {
    vg_json_set_string (object, "error", report->error);
    vg_json_set_int (object, "not_reached", report->n_left);
  }
  text = vg_json_to_text (object, TRUE);
  printf ("%s\n", text);
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

void
vg_backup_report_print (const VgBackupReport *report, gboolean json)
{
  g_autofree char *type = vg_text_clean (report->type, 0);

  if (json) {
    print_json (report);
    return;
  }
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

VgExit
vg_backup_report_get_status (const VgBackupReport *report)
{
  return report->status;
}
