/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's journal as JSON. */
#include "journal/private.h"

#include <string.h>

#include "util/failure.h"
#include "util/text.h"

/* Glance's status of a member. */
#define ACCEPTED "accepted"

/* Members of the file alone. */
#define CANCELLED "cancelled"
#define CODE "error_code"

static const char *const job_kind_names[] = { "snapshot", "flatten",
                                              "restore" };

static VgJson *
strv_to_json (char **list)
{
  VgJson *array = json_object_new_array ();

  for (; list != NULL && *list != NULL; list++)
    json_object_array_add (array, json_object_new_string (*list));
  return array;
}

static char **
strv_from_json (VgJson *array)
{
  gsize n = array != NULL ? json_object_array_length (array) : 0;
  char **list = g_new0 (char *, n + 1);
  gsize used = 0;

  for (gsize i = 0; i < n; i++) {
    VgJson *entry = json_object_array_get_idx (array, i);

    if (json_object_is_type (entry, json_type_string))
      list[used++] = g_strdup (json_object_get_string (entry));
  }
  return list;
}

static VgJson *
image_to_json (const VgJobImage *image)
{
  VgJson *json = json_object_new_object ();

  vg_json_set_string (json, "id", image->id);
  vg_json_set_string (json, "name", image->name);
  vg_json_set_string (json, "disk", image->disk);
  vg_json_set_string (json, "disk_format", image->format);
  vg_json_set_string (json, "way", image->way);
  vg_json_set_string (json, "store", image->store);
  vg_json_set_string (json, "rule", image->rule);
  vg_json_set_string (json, "reason", image->reason);
  vg_json_set_string (json, "owner", image->owner);
  vg_json_set_string (json, "member", image->member);
  if (image->member != NULL)
    vg_json_set_string (json, "member_status",
                        image->accepted ? ACCEPTED : "pending");
  vg_json_set_take (json, "copies", strv_to_json (image->copies));
  vg_json_set_int (json, "size", (gint64) image->size);
  vg_json_set_string (json, "checksum", image->checksum);
  vg_json_set_string (json, "os_hash_algo", image->hash_algo);
  vg_json_set_string (json, "os_hash_value", image->hash_value);
  return json;
}

/* A guest's agent may have written a part of it; each program that lists jobs
 * reads all of them. */
static char *
cut_message (const char *message)
{
  return message != NULL ? vg_text_clean (message, VG_TEXT_MESSAGE) : NULL;
}

static void
set_quiesce (VgJson *json, const VgJobQuiesce *quiesce)
{
  g_autofree char *obstacle = cut_message (quiesce->obstacle);

  if (!quiesce->known)
    return;
  vg_json_set_bool (json, "quiesced",
                    quiesce->file_systems > 0 || quiesce->elsewhere);
  if (quiesce->elsewhere)
    vg_json_set_bool (json, "frozen_elsewhere", TRUE);
  vg_json_set_string (json, "unquiesced_reason", obstacle);
  if (quiesce->file_systems == 0)
    return;
  vg_json_set_int (json, "file_systems", quiesce->file_systems);
  vg_json_set_int (json, "frozen_ms", quiesce->frozen_ms);
}

/* 0 if it is missing. */
static int
read_int (VgJson *json, const char *key)
{
  return (int) CLAMP (vg_json_get_int (json, key, 0), 0, G_MAXINT);
}

static void
read_quiesce (VgJobQuiesce *quiesce, VgJson *json)
{
  quiesce->known = vg_json_get (json, "quiesced") != NULL;
  quiesce->elsewhere = vg_json_get_bool (json, "frozen_elsewhere", FALSE);
  quiesce->obstacle = g_strdup (vg_json_get_string (json, "unquiesced_reason"));
  quiesce->file_systems = (guint) read_int (json, "file_systems");
  quiesce->frozen_ms = (guint) read_int (json, "frozen_ms");
}

static void
add_step (VgJson *array, const VgStep *step)
{
  const VgStepTraits *traits = vg_step_get_traits (step->kind);
  VgJson *entry = json_object_new_object ();

  vg_json_set_string (entry, "step", traits->name);
  vg_json_set_string (entry, "object", step->object);
  vg_json_set_string (entry, "state", vg_step_state_to_string (step->state));
  if (step->state == VG_STEP_BEGUN && traits->late > 0) {
    if (step->request == VG_STEP_ANSWERED)
      vg_json_set_bool (entry, "answered", TRUE);
    else
      vg_json_set_int (entry, "asked", step->asked);
  }
  if (step->state == VG_STEP_BEGUN)
    vg_json_set_string (entry, "xml", step->xml);
  json_object_array_add (array, entry);
}

/* Older versions don't know the state "cancelled". */
static void
set_state (const VgJournal *journal, VgJson *json)
{
  gboolean cancelled = journal->state == VG_JOB_CANCELLED;
  g_autofree char *error = cut_message (journal->error);

  vg_json_set_string (
      json, "state",
      vg_job_state_to_string (cancelled ? VG_JOB_FAILED : journal->state));
  if (cancelled)
    vg_json_set_bool (json, CANCELLED, TRUE);
  vg_json_set_string (json, "error", error);
  vg_json_set_string (json, CODE, journal->code);
}

void
vg_journal_fill_json (const VgJournal *journal, VgJson *json)
{
  VgJson *steps = json_object_new_array ();
  VgJson *images = json_object_new_array ();

  vg_json_set_string (json, "id", journal->id);
  vg_json_set_string (json, "kind", job_kind_names[journal->kind]);
  vg_json_set_string (json, "domain", journal->domain);
  vg_json_set_string (json, "uuid", journal->uuid);
  vg_json_set_string (json, "uri", journal->uri);
  vg_json_set_string (json, "project_id", journal->project_id);
  vg_json_set_string (json, "order", journal->order);
  if (journal->tries > 1)
    vg_json_set_int (json, "tries", journal->tries);
  vg_json_set_string (json, "backup_type", journal->backup_type);
  if (journal->backup_type != NULL && journal->rotation >= 0)
    vg_json_set_int (json, "rotation", journal->rotation);
  vg_json_set_int (json, "started", journal->started);
  vg_json_set_int (json, "started_us", journal->started_us);
  vg_json_set_int (json, "finished", journal->finished);
  set_state (journal, json);
  set_quiesce (json, &journal->quiesce);
  for (guint i = 0; i < journal->steps->len; i++)
    add_step (steps, journal->steps->pdata[i]);
  for (guint i = 0; i < journal->images->len; i++)
    json_object_array_add (images, image_to_json (journal->images->pdata[i]));
  vg_json_set_take (json, "steps", steps);
  vg_json_set_take (json, "images", images);
  vg_json_set_take (json, "not_contained",
                    strv_to_json (journal->not_contained));
  vg_json_set_take (json, "clusters",
                    vg_ceph_addresses_to_json (journal->clusters));
}

VgJson *
vg_journal_error_to_json (const char *code, const char *message)
{
  const VgFailureTraits *traits =
      vg_failure_get_traits (vg_failure_from_code (code));
  g_autofree char *cut = cut_message (message);
  VgJson *json = json_object_new_object ();

  vg_json_set_string (json, "code", code != NULL ? code : traits->code);
  vg_json_set_string (json, "message", cut);
  vg_json_set_string (json, "hint", traits->hint);
  return json;
}

VgJson *
vg_journal_to_json (const VgJournal *journal)
{
  VgJson *json = json_object_new_object ();

  vg_journal_fill_json (journal, json);
  json_object_object_del (json, CANCELLED);
  json_object_object_del (json, CODE);
  if (g_strcmp0 (journal->uuid, VG_JOURNAL_NO_UUID) == 0)
    json_object_object_del (json, "uuid");
  vg_json_set_string (json, "state", vg_job_state_to_string (journal->state));
  if (journal->error != NULL)
    vg_json_set_take (json, "error",
                      vg_journal_error_to_json (journal->code, journal->error));
  return json;
}

/* Prints the steps on one line for --debug. */
void
vg_journal_note_steps (const VgJournal *journal)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < journal->steps->len; i++) {
    const VgStep *step = journal->steps->pdata[i];

    g_string_append_printf (text, "; %s %s %s",
                            vg_step_get_traits (step->kind)->name, step->object,
                            vg_step_state_to_string (step->state));
  }
  g_debug ("job %s: journal: %s%s", journal->id,
           vg_job_state_to_string (journal->state), text->str);
}

static gboolean
throw_damaged (GError **error, const char *what)
{
  g_set_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE,
               "it is not the journal of a job: %s is missing or wrong", what);
  return FALSE;
}

/* For a word that only a later version can have written. */
static gboolean
throw_newer (GError **error, const char *what, const char *word)
{
  g_autofree char *shown = vg_text_clean (word, 40);

  g_set_error (error, VG_JSON_ERROR, VG_JSON_ERROR_NEWER,
               "a newer virt-glance wrote it (it has %s '%s', which this one "
               "doesn't know)",
               what, shown);
  return FALSE;
}

static gboolean
read_step (VgJournal *journal, VgJson *entry, GError **error)
{
  const char *name = vg_json_get_string (entry, "step");
  const char *object = vg_json_get_string (entry, "object");
  VgStepKind kind;
  VgStepState state;
  VgStep *step;

  if (name == NULL || object == NULL
      || !vg_step_state_from_string (vg_json_get_string (entry, "state"),
                                     &state))
    return throw_damaged (error, "a step");
  if (!vg_step_kind_from_string (name, &kind))
    return throw_newer (error, "a step", name);
  vg_journal_add_step (journal, kind, object);
  step = journal->steps->pdata[journal->steps->len - 1];
  step->state = state;
  step->xml = g_strdup (vg_json_get_string (entry, "xml"));
  step->request = vg_json_get_bool (entry, "answered", FALSE)
                      ? VG_STEP_ANSWERED
                      : VG_STEP_UNANSWERED;
  step->asked = vg_json_get_int (entry, "asked", 0);
  return TRUE;
}

static gboolean
read_steps (VgJournal *journal, VgJson *array, GError **error)
{
  gsize n = array != NULL ? json_object_array_length (array) : 0;

  for (gsize i = 0; i < n; i++)
    if (!read_step (journal, json_object_array_get_idx (array, i), error))
      return FALSE;
  return TRUE;
}

/* Without a kind the journal is from a version that had only one. */
static gboolean
read_kind (VgJournal *journal, const char *name, GError **error)
{
  int i = name != NULL ? vg_text_find_word (job_kind_names,
                                            G_N_ELEMENTS (job_kind_names), name)
                       : 0;

  if (i < 0)
    return throw_newer (error, "the kind", name);
  journal->kind = (VgJobKind) i;
  return TRUE;
}

static void
read_images (VgJournal *journal, VgJson *array)
{
  gsize n = array != NULL ? json_object_array_length (array) : 0;

  for (gsize i = 0; i < n; i++) {
    VgJson *entry = json_object_array_get_idx (array, i);
    VgJobImage *image = vg_journal_add_image (journal);

    image->id = g_strdup (vg_json_get_string (entry, "id"));
    image->name = g_strdup (vg_json_get_string (entry, "name"));
    image->disk = g_strdup (vg_json_get_string (entry, "disk"));
    image->format = g_strdup (vg_json_get_string (entry, "disk_format"));
    image->way = g_strdup (vg_json_get_string (entry, "way"));
    image->store = g_strdup (vg_json_get_string (entry, "store"));
    image->rule = g_strdup (vg_json_get_string (entry, "rule"));
    image->reason = g_strdup (vg_json_get_string (entry, "reason"));
    image->owner = g_strdup (vg_json_get_string (entry, "owner"));
    image->member = g_strdup (vg_json_get_string (entry, "member"));
    image->accepted =
        g_strcmp0 (vg_json_get_string (entry, "member_status"), ACCEPTED) == 0;
    image->copies = strv_from_json (vg_json_get_array (entry, "copies"));
    image->size = (guint64) vg_json_get_int (entry, "size", 0);
    image->checksum = g_strdup (vg_json_get_string (entry, "checksum"));
    image->hash_algo = g_strdup (vg_json_get_string (entry, "os_hash_algo"));
    image->hash_value = g_strdup (vg_json_get_string (entry, "os_hash_value"));
  }
}

static void
read_members (VgJournal *journal, VgJson *json)
{
  journal->id = g_strdup (vg_json_get_string (json, "id"));
  journal->domain = g_strdup (vg_json_get_string (json, "domain"));
  journal->uuid = g_strdup (vg_json_get_string (json, "uuid"));
  journal->uri = g_strdup (vg_json_get_string (json, "uri"));
  journal->project_id = g_strdup (vg_json_get_string (json, "project_id"));
  journal->not_contained =
      strv_from_json (vg_json_get_array (json, "not_contained"));
  journal->order = g_strdup (vg_json_get_string (json, "order"));
  journal->tries = (guint) read_int (json, "tries");
  journal->backup_type = g_strdup (vg_json_get_string (json, "backup_type"));
  journal->rotation =
      (int) CLAMP (vg_json_get_int (json, "rotation", -1), -1, G_MAXINT);
  journal->error = g_strdup (vg_json_get_string (json, "error"));
  journal->code = g_strdup (vg_json_get_string (json, CODE));
  journal->started = vg_json_get_int (json, "started", 0);
  journal->started_us = vg_json_get_int (json, "started_us", 0);
  journal->finished = vg_json_get_int (json, "finished", 0);
  read_quiesce (&journal->quiesce, json);
  read_images (journal, vg_json_get_array (json, "images"));
  vg_ceph_addresses_read (journal->clusters,
                          vg_json_get_array (json, "clusters"));
}

/* They become parts of paths. */
static gboolean
is_file_name (const char *text)
{
  return text != NULL && *text != '\0' && *text != '.'
         && strchr (text, '/') == NULL;
}

gboolean
vg_journal_from_json (VgJournal *journal, VgJson *json, GError **error)
{
  if (!vg_json_check_version (json, VG_JOURNAL_VERSION, error))
    return FALSE;
  read_members (journal, json);
  if (!is_file_name (journal->id) || journal->domain == NULL
      || !is_file_name (journal->uuid))
    return throw_damaged (error, "id, domain or uuid");
  if (!vg_job_state_from_string (vg_json_get_string (json, "state"),
                                 &journal->state))
    return throw_damaged (error, "state");
  if (journal->state == VG_JOB_FAILED
      && vg_json_get_bool (json, CANCELLED, FALSE))
    journal->state = VG_JOB_CANCELLED;
  return read_kind (journal, vg_json_get_string (json, "kind"), error)
         && read_steps (journal, vg_json_get_array (json, "steps"), error);
}
