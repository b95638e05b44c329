/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sums are written before the file of metrics: after a crash in between the
 * next call writes the same ones. */
#include "job/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "journal/journal.h"
#include "journal/lock.h"
#include "request/spool.h"
#include "util/json.h"
#include "util/state-file.h"
#include "util/text-file.h"

/* The last success of a domain that is gone is told for so long. */
#define FORGET_S ((gint64) 30 * 24 * 3600)

#define PREFIX "virt_glance_"

typedef enum {
  JOBS,
  BYTES,
  SECONDS,
  FREEZES,
  FREEZE,
  SUCCESS
} Metric;

/* The sums are integers, in the unit of the metric times scale. */
static const struct {
  const char *name, *type, *help;
  guint scale;
} metrics[] = {
  [JOBS] = { "jobs_total", "counter", "Jobs that ended, by result.", 1 },
  [BYTES] = { "uploaded_bytes_total", "counter",
              "Bytes of images that were uploaded.", 1 },
  [SECONDS] = { "job_seconds_total", "counter", "Time that jobs have taken.",
                1 },
  [FREEZES] = { "freezes_total", "counter",
                "Times that a guest's file systems were frozen.", 1 },
  [FREEZE] = { "freeze_seconds_total", "counter",
               "Time for which guests' file systems were frozen.", 1000 },
  [SUCCESS] = { "last_success_timestamp_seconds", "gauge",
                "When the last job of that domain and type was done.", 1 },
};

/* What the state file has. */
typedef struct {
  VgJson *counted; /* ids of journals that are in the sums */
  VgJson *sums[G_N_ELEMENTS (metrics)]; /* labels to sum */
} State;

static void
clear_state (State *state)
{
  g_clear_pointer (&state->counted, json_object_put);
  for (gsize i = 0; i < G_N_ELEMENTS (metrics); i++)
    g_clear_pointer (&state->sums[i], json_object_put);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (State, clear_state)

/* A member that is an object, or a new one. A new reference. */
static VgJson *
take_object (VgJson *json, const char *key)
{
  VgJson *member;

  if (json != NULL && json_object_object_get_ex (json, key, &member)
      && json_object_is_type (member, json_type_object))
    return json_object_get (member);
  return json_object_new_object ();
}

/* A file that is damaged, or is none, lets the counters begin anew. */
static void
read_state (const char *path, State *state)
{
  gsize length;
  g_autofree char *text =
      vg_text_file_read (path, VG_TEXT_FILE_SMALL, TRUE, &length, NULL);
  g_autoptr (VgJson) json =
      text != NULL ? vg_json_parse (text, length, NULL) : NULL;

  if (json != NULL && !json_object_is_type (json, json_type_object))
    g_clear_pointer (&json, json_object_put);
  state->counted = take_object (json, "counted");
  for (gsize i = 0; i < G_N_ELEMENTS (metrics); i++)
    state->sums[i] = take_object (json, metrics[i].name);
}

static gboolean
write_state (const char *path, const State *state, GError **error)
{
  g_autoptr (VgJson) json = json_object_new_object ();
  g_autofree char *text = NULL;

  vg_json_set_int (json, "version", 1);
  vg_json_set_take (json, "counted", json_object_get (state->counted));
  for (gsize i = 0; i < G_N_ELEMENTS (metrics); i++)
    vg_json_set_take (json, metrics[i].name, json_object_get (state->sums[i]));
  text = vg_json_to_text (json, TRUE);
  return vg_state_file_write (path, text, error);
}

static gint64
get_sum (const State *state, Metric metric, const char *labels)
{
  VgJson *member;

  return json_object_object_get_ex (state->sums[metric], labels, &member)
             ? json_object_get_int64 (member)
             : 0;
}

static void
add (State *state, Metric metric, const char *labels, gint64 value)
{
  vg_json_set_int (state->sums[metric], labels,
                   get_sum (state, metric, labels) + value);
}

/* A label's value, in quotes, with the three escapes that there are. */
static char *
quote (const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value ? value : "", -1);
  GString *text = g_string_new ("\"");

  for (const char *c = valid; *c != '\0'; c++)
    if (*c == '\n')
      g_string_append (text, "\\n");
    else if (*c == '"' || *c == '\\')
      g_string_append_printf (text, "\\%c", *c);
    else
      g_string_append_c (text, *c);
  g_string_append_c (text, '"');
  return g_string_free (text, FALSE);
}

static gint64
get_uploaded (const VgJournal *journal)
{
  guint64 bytes = 0;

  for (guint i = 0; i < journal->images->len; i++) {
    const VgJobImage *image = journal->images->pdata[i];

    if (g_strcmp0 (image->way, "clone") != 0)
      bytes += image->size;
  }
  return (gint64) bytes;
}

static void
count_job (State *state, const VgJournal *journal)
{
  g_autofree char *type =
      quote (journal->backup_type ? journal->backup_type : "snapshot");
  g_autofree char *domain = quote (journal->domain);
  g_autofree char *by_type = g_strdup_printf ("type=%s", type);
  g_autofree char *by_result = g_strdup_printf (
      "type=%s,result=\"%s\"", type, vg_job_state_to_string (journal->state));
  g_autofree char *by_domain =
      g_strdup_printf ("domain=%s,type=%s", domain, type);

  add (state, JOBS, by_result, 1);
  add (state, SECONDS, by_type, MAX (journal->finished - journal->started, 0));
  if (journal->quiesce.file_systems > 0) {
    add (state, FREEZES, by_type, 1);
    add (state, FREEZE, by_type, journal->quiesce.frozen_ms);
  }
  if (journal->state != VG_JOB_DONE)
    return;
  add (state, BYTES, by_type, get_uploaded (journal));
  if (journal->finished > get_sum (state, SUCCESS, by_domain))
    vg_json_set_int (state->sums[SUCCESS], by_domain, journal->finished);
}

/* Counts those that have ended. An id that is counted is forgotten with its
 * journal, but not with one that can't be read now. */
static void
count_jobs (State *state, const GPtrArray *journals, const GPtrArray *unread)
{
  VgJson *counted = json_object_new_object ();

  for (guint i = 0; i < journals->len; i++) {
    const VgJournal *journal = journals->pdata[i];

    if (journal->state == VG_JOB_RUNNING || journal->kind != VG_JOB_SNAPSHOT)
      continue;
    if (!json_object_object_get_ex (state->counted, journal->id, NULL))
      count_job (state, journal);
    vg_json_set_bool (counted, journal->id, TRUE);
  }
  for (guint i = 0; i < unread->len; i++) {
    const char *id = ((VgUnreadJournal *) unread->pdata[i])->id;

    if (json_object_object_get_ex (state->counted, id, NULL))
      vg_json_set_bool (counted, id, TRUE);
  }
  json_object_put (state->counted);
  state->counted = counted;
}

static void
forget_old (State *state)
{
  gint64 limit = g_get_real_time () / G_USEC_PER_SEC - FORGET_S;
  VgJson *kept = json_object_new_object ();

  json_object_object_foreach (state->sums[SUCCESS], labels, value) {
    if (json_object_get_int64 (value) >= limit)
      vg_json_set_int (kept, labels, json_object_get_int64 (value));
  }
  json_object_put (state->sums[SUCCESS]);
  state->sums[SUCCESS] = kept;
}

/* The file */

static void
print_head (GString *text, const char *name, const char *type, const char *help)
{
  g_string_append_printf (text,
                          "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n",
                          name, help, name, type);
}

static void
print_gauge (GString *text, const char *name, const char *help, gint64 value)
{
  print_head (text, name, "gauge", help);
  g_string_append_printf (text, PREFIX "%s %" G_GINT64_FORMAT "\n", name,
                          value);
}

static void
print_sums (GString *text, const State *state, gsize i)
{
  print_head (text, metrics[i].name, metrics[i].type, metrics[i].help);
  json_object_object_foreach (state->sums[i], labels, value) {
    gint64 sum = json_object_get_int64 (value);

    g_string_append_printf (text, PREFIX "%s{%s} ", metrics[i].name, labels);
    if (metrics[i].scale == 1)
      g_string_append_printf (text, "%" G_GINT64_FORMAT "\n", sum);
    else
      g_string_append_printf (text, "%" G_GINT64_FORMAT ".%03d\n",
                              sum / metrics[i].scale,
                              (int) (sum % metrics[i].scale));
  }
}

static guint
count_leftovers (const char *state_path, const GPtrArray *journals)
{
  guint n = 0;

  for (guint i = 0; i < journals->len; i++) {
    const VgJournal *journal = journals->pdata[i];

    if (vg_journal_has_leftovers (journal)
        && !vg_lock_holds_job (state_path, journal->uuid, journal->id))
      n++;
  }
  return n;
}

static char *
make_text (const VgConfig *config, const State *state,
           const GPtrArray *journals)
{
  g_autoptr (GPtrArray) orders = vg_spool_look (config->state_path, NULL);
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (metrics); i++)
    print_sums (text, state, i);
  print_gauge (text, "orders_waiting", "Requests that wait for the agent.",
               orders != NULL ? orders->len : 0);
  print_gauge (text, "leftover_jobs",
               "Jobs that left something: virt-glance recover undoes it.",
               count_leftovers (config->state_path, journals));
  return g_string_free (text, FALSE);
}

static gboolean
throw_file (GError **error, const char *path)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
               "the metrics can't be written to %s: %s; check metrics_file in "
               "[DEFAULT]",
               path, g_strerror (errno));
  return FALSE;
}

static gboolean
write_text (int fd, const char *text)
{
  for (gsize left = strlen (text); left > 0;) {
    ssize_t n = write (fd, text, left);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return FALSE;
    text += n;
    left -= (gsize) n;
  }
  return TRUE;
}

/* As another user reads it, with any umask. Its collector reads whole files
 * only, and none with such a name. The directory may be that user's: what is
 * there by the name is never opened. */
static gboolean
replace_file (const char *path, const char *text, GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".new", NULL);
  gboolean ok;
  int fd;

  unlink (temporary); /* of a process that was killed */
  fd = open (temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
             0644);
  if (fd < 0)
    return throw_file (error, path);
  ok = write_text (fd, text) && fchmod (fd, 0644) == 0;
  ok = close (fd) == 0 && ok;
  if (ok && rename (temporary, path) == 0)
    return TRUE;
  throw_file (error, path);
  unlink (temporary);
  return FALSE;
}

/* NULL if they can't be listed: jobs that are counted would be forgotten, and
 * counted again. */
static GPtrArray *
list_jobs (const VgConfig *config, GPtrArray **unread, GError **error)
{
  g_autoptr (GPtrArray) journals = vg_journal_list (config->state_path, unread);

  for (guint i = 0; i < (*unread)->len; i++) {
    const VgUnreadJournal *journal = (*unread)->pdata[i];

    if (!g_str_equal (journal->id, VG_UNREAD_ALL))
      continue;
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                 "the metrics stay as they were, because the jobs of this host "
                 "can't be read: %s; check state_path in [DEFAULT]",
                 journal->why->message);
    return NULL;
  }
  return g_steal_pointer (&journals);
}

/* With the lock. */
static gboolean
update (const VgConfig *config, GError **error)
{
  g_autofree char *path =
      g_build_filename (config->state_path, "metrics.json", NULL);
  g_autoptr (GPtrArray) unread = NULL;
  g_autoptr (GPtrArray) journals = NULL;
  g_autofree char *text = NULL;
  g_auto (State) state = { 0 };

  journals = list_jobs (config, &unread, error);
  if (journals == NULL)
    return FALSE;
  read_state (path, &state);
  count_jobs (&state, journals, unread);
  forget_old (&state);
  if (!write_state (path, &state, error))
    return FALSE;
  text = make_text (config, &state, journals);
  return replace_file (config->metrics_file, text, error);
}

static gboolean
lock_and_update (const VgConfig *config, GError **error)
{
  g_autofree char *path =
      g_build_filename (config->state_path, "metrics.lock", NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  gboolean ok;

  /* Where no state is, no job was. */
  if (fd < 0 && errno == ENOENT)
    return TRUE;
  if (fd < 0 || flock (fd, LOCK_EX) < 0) {
    throw_file (error, path);
    if (fd >= 0)
      close (fd);
    return FALSE;
  }
  ok = update (config, error);
  close (fd);
  return ok;
}

void
vg_metrics_update (const VgConfig *config)
{
  g_autoptr (GError) error = NULL;

  if (config->metrics_file != NULL && !lock_and_update (config, &error))
    g_warning ("%s", error->message);
}
