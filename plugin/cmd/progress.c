/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints a job's progress on stderr. */
#include "cmd/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/event.h"
#include "cmd/work.h"
#include "journal/cancel.h"
#include "util/text.h"

#define BAR_EVERY_US (G_USEC_PER_SEC / 10)
#define LINE_EVERY_US (10 * G_USEC_PER_SEC)
#define EVENT_EVERY_US G_USEC_PER_SEC
#define MAX_BAR 40

struct _VgProgress {
  VgReport report;
  gboolean terminal;
  gboolean escapes;  /* the terminal supports escape sequences */
  gboolean events;   /* --progress json */
  gboolean in_line;  /* the terminal's line has an unfinished bar */
  gint64 began;      /* time of the first byte, µs */
  gint64 last_shown; /* µs */

  const char *state_path; /* NULL: other processes can't cancel the job */
  GCancellable *cancellable;
  VgCancelWatch *watch;
  char *job;   /* its id, or NULL */
  gint *phase; /* of the caller */
};

static guint
get_columns (void)
{
  struct winsize size;

  return ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0
             ? size.ws_col
             : 80;
}

static void
end_line (VgProgress *progress)
{
  if (progress->in_line)
    fputc ('\n', stderr);
  progress->in_line = FALSE;
}

static void
on_job (const char *id, gpointer data)
{
  VgProgress *progress = data;

  g_free (progress->job);
  progress->job = g_strdup (id);
  g_clear_pointer (&progress->watch, vg_cancel_watch_free);
  progress->watch =
      vg_cancel_watch_new (progress->state_path, id, progress->cancellable);
}

/* There is nothing to cancel. */
static void
on_failed (const char *id, gpointer data)
{
  VgProgress *progress = data;

  g_free (progress->job);
  progress->job = g_strdup (id);
}

static void
on_begun (gpointer data)
{
  g_atomic_int_set (((VgProgress *) data)->phase, VG_WORK_UNDOES);
}

static void
on_phase (const char *text, gpointer data)
{
  VgProgress *progress = data;
  g_autofree char *clean = vg_text_clean (text, VG_TEXT_MESSAGE);

  end_line (progress);
  progress->began = 0;
  fprintf (stderr, "%s\n", clean);
}

static void
on_warning (const char *text, gpointer data)
{
  g_autofree char *clean = vg_text_clean (text, VG_TEXT_MESSAGE);

  end_line (data);
  fprintf (stderr, "warning: %s\n", clean);
}

static char *
make_bar (double share, guint width)
{
  GString *bar = g_string_new ("[");
  guint done = (guint) (share * width);

  for (guint i = 0; i < width; i++)
    g_string_append_c (bar, i < done ? '=' : i == done ? '>' : ' ');
  g_string_append_c (bar, ']');
  return g_string_free (bar, FALSE);
}

/* "0:04", "1:02:03". Long times are unreliable guesses. */
static char *
format_time (double seconds)
{
  guint s = (guint) MIN (seconds + 0.5, 100 * 3600.);

  if (s >= 100 * 3600)
    return g_strdup ("days");
  return s < 3600
             ? g_strdup_printf ("%u:%02u", s / 60, s % 60)
             : g_strdup_printf ("%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
}

/* ", 180 MiB/s, 0:04 left"; empty before the first byte. */
static char *
format_rate (guint64 sent, guint64 total, gint64 elapsed_us)
{
  double rate =
      elapsed_us > 0 ? (double) sent * G_USEC_PER_SEC / (double) elapsed_us : 0;
  g_autofree char *speed = NULL, *time = NULL;

  if (rate <= 0)
    return g_strdup ("");
  rate = MIN (rate, (double) G_MAXINT64);
  speed = vg_text_format_size ((guint64) rate);
  time = format_time ((double) (total - sent) / rate);
  return g_strdup_printf (", %s/s, %s left", speed, time);
}

char *
vg_progress_format (guint64 sent, guint64 total, gint64 elapsed_us,
                    guint columns)
{
  guint64 part = MIN (sent, total);
  double share = total > 0 ? (double) part / (double) total : 1;
  g_autofree char *done = vg_text_format_size (part);
  g_autofree char *all = vg_text_format_size (total);
  g_autofree char *rate = format_rate (part, total, elapsed_us);
  g_autofree char *text = g_strdup_printf ("%s of %s%s", done, all, rate);
  guint room = (guint) strlen (text) + 10;
  g_autofree char *bar = columns > room + 8
                             ? make_bar (share, MIN (MAX_BAR, columns - room))
                             : g_strdup ("");

  return g_strdup_printf ("%3d %% %s%s%s", (int) (share * 100), bar,
                          *bar ? " " : "", text);
}

static void
on_progress (guint64 sent, guint64 total, gpointer data)
{
  VgProgress *progress = data;
  gint64 now = g_get_monotonic_time ();
  g_autofree char *line = NULL;

  if (progress->began == 0 || sent == 0) {
    progress->began = now;
    progress->last_shown = progress->terminal ? 0 : now;
  }
  if (now - progress->last_shown
          < (progress->terminal ? BAR_EVERY_US : LINE_EVERY_US)
      && !(progress->terminal && sent == total))
    return;
  progress->last_shown = now;
  line = vg_progress_format (sent, total, now - progress->began,
                             progress->terminal ? get_columns () : 0);
  if (!progress->terminal)
    fprintf (stderr, "%s\n", line);
  else if (progress->escapes)
    fprintf (stderr, "\r%s\033[K", line);
  else /* spaces overwrite the rest of the last line */
    fprintf (stderr, "\r%-*s", (int) get_columns () - 1, line);
  progress->in_line = progress->terminal;
}

/* https://no-color.org: any value counts, unless empty. */
static gboolean
may_escape (void)
{
  const char *term = g_getenv ("TERM");
  const char *no_color = g_getenv ("NO_COLOR");

  return term != NULL && *term != '\0' && strcmp (term, "dumb") != 0
         && (no_color == NULL || *no_color == '\0');
}

VgProgress *
vg_progress_new (gboolean quiet)
{
  VgProgress *progress = g_new0 (VgProgress, 1);

  progress->terminal = isatty (STDERR_FILENO) == 1;
  progress->escapes = may_escape ();
  progress->report.warning = on_warning;
  progress->report.data = progress;
  if (!quiet) {
    progress->report.phase = on_phase;
    progress->report.progress = on_progress;
  }
  return progress;
}

void
vg_progress_free (VgProgress *progress)
{
  if (progress == NULL)
    return;
  end_line (progress);
  vg_cancel_watch_free (progress->watch);
  g_free (progress->job);
  g_free (progress);
}

VgJournal *
vg_progress_read_job (const VgProgress *progress)
{
  return progress->job != NULL
             ? vg_journal_find (progress->state_path, progress->job)
             : NULL;
}

/* As events */

static void
on_event_job (const char *id, gpointer data)
{
  VgJson *json = json_object_new_object ();

  on_job (id, data);
  vg_json_set_string (json, "job", id);
  vg_event_print ("job", json);
}

static void
on_event_phase (const char *text, gpointer data)
{
  ((VgProgress *) data)->began = 0;
  vg_event_print_message ("phase", text);
}

static void
on_event_warning (const char *text, gpointer data G_GNUC_UNUSED)
{
  vg_event_print_message ("warning", text);
}

static void
on_event_progress (guint64 sent, guint64 total, gpointer data)
{
  VgProgress *progress = data;
  gint64 now = g_get_monotonic_time ();
  guint64 part = MIN (sent, total);
  VgJson *json;

  if (now - progress->last_shown < EVENT_EVERY_US && part > 0 && part < total)
    return;
  progress->last_shown = now;
  json = json_object_new_object ();
  vg_json_set_int (json, "sent", (gint64) part);
  vg_json_set_int (json, "total", (gint64) total);
  vg_json_set_int (json, "percent",
                   total > 0 ? (gint64) (100 * (double) part / (double) total)
                             : 100);
  vg_event_print ("progress", json);
}

void
vg_progress_allow_cancel (VgProgress *progress, const char *state_path,
                          GCancellable *cancellable)
{
  progress->state_path = state_path;
  progress->cancellable = cancellable;
  progress->report.failed = on_failed;
  progress->report.job = progress->events ? on_event_job : on_job;
}

VgProgress *
vg_progress_new_for (const VgCommandLine *line)
{
  VgProgress *progress = vg_progress_new (line->quiet);

  if (!vg_command_line_has_events (line))
    return progress;
  progress->events = TRUE;
  progress->terminal = FALSE;
  progress->report.phase = on_event_phase;
  progress->report.warning = on_event_warning;
  progress->report.progress = on_event_progress;
  return progress;
}

const VgReport *
vg_progress_get_report (VgProgress *progress)
{
  return &progress->report;
}

VgProgress *
vg_progress_new_for_job (const VgCommandLine *line, gint *phase,
                         GCancellable *cancellable)
{
  VgProgress *progress = vg_progress_new_for (line);

  vg_progress_allow_cancel (progress, line->config->state_path, cancellable);
  progress->phase = phase;
  progress->report.begun = on_begun;
  return progress;
}
