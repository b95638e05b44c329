/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a job ended, as the system's journal is told. GLib's functions that write
 * to it are replaced. */
#include "cmd/log.h"

#include <string.h>

#include "cmd/status.h"
#include "inventory/error.h"
#include "job/job-log.h"

static gboolean is_journald;
static GString *written; /* "KEY=VALUE\n" of each field */

gboolean
g_log_writer_is_journald (gint fd G_GNUC_UNUSED)
{
  return is_journald;
}

GLogWriterOutput
g_log_writer_journald (GLogLevelFlags level G_GNUC_UNUSED,
                       const GLogField *fields, gsize n_fields,
                       gpointer data G_GNUC_UNUSED)
{
  for (gsize i = 0; i < n_fields; i++)
    g_string_append_printf (written, "%s=%s\n", fields[i].key,
                            (const char *) fields[i].value);
  return G_LOG_WRITER_HANDLED;
}

static void
assert_written (const char *line)
{
  g_autofree char *whole = g_strconcat ("\n", line, "\n", NULL);
  g_autofree char *all = g_strconcat ("\n", written->str, NULL);

  if (strstr (all, whole) == NULL)
    g_error ("no %s in %s", line, written->str);
}

static VgJournal *
make_job (void)
{
  VgJournal *journal = vg_journal_new ("/nowhere");

  journal->domain = g_strdup ("guest1");
  for (guint i = 0; i < 2; i++) {
    VgJobImage *image = vg_journal_add_image (journal);

    image->id = g_strdup_printf ("image%u", i);
    image->store = g_strdup (i == 0 ? "fast" : NULL);
  }
  return journal;
}

static void
assert_job (const VgJournal *journal)
{
  g_autofree char *job = g_strconcat ("JOB=", journal->id, NULL);

  assert_written (job);
  assert_written ("DOMAIN=guest1");
  assert_written ("IMAGE=image0");
  assert_written ("IMAGE=image1");
  assert_written ("STORE=fast");
  assert_written ("SYSLOG_IDENTIFIER=virt-glance");
  g_assert_null (strstr (written->str, "VG_"));
}

static void
test_failure (void)
{
  g_autoptr (VgJournal) journal = make_job ();
  g_autoptr (GError) error =
      g_error_new (VG_GLANCE_ERROR, VG_GLANCE_ERROR_AUTH, "wrong\npassword");

  g_string_truncate (written, 0);
  g_assert_cmpint (vg_exit_with_job (error, journal, NULL), ==, VG_EXIT_DENIED);
  assert_written ("MESSAGE=wrong\\x0apassword");
  assert_written ("PRIORITY=3");
  assert_written ("ERROR_CODE=authentication");
  assert_written ("MESSAGE_ID=" VG_MESSAGE_ID_FAILED);
  assert_job (journal);
}

/* An error that is no job's has no MESSAGE_ID. */
static void
test_plain_error (void)
{
  g_string_truncate (written, 0);
  g_assert_cmpint (vg_exit_failing (VG_FAILURE_USAGE, "no %s", "way"), ==,
                   VG_EXIT_USAGE);
  assert_written ("MESSAGE=no way");
  assert_written ("PRIORITY=3");
  g_assert_null (strstr (written->str, "MESSAGE_ID"));
}

static void
test_done (void)
{
  g_autoptr (VgJournal) journal = make_job ();
  g_autofree char *message =
      g_strdup_printf ("MESSAGE=domain guest1: job %s is done", journal->id);

  g_string_truncate (written, 0);
  vg_log_done (journal);
  assert_written (message);
  assert_written ("PRIORITY=6");
  assert_written ("MESSAGE_ID=" VG_MESSAGE_ID_DONE);
  assert_job (journal);
}

/* Elsewhere a success has been printed on stdout. */
static void
test_done_elsewhere (void)
{
  if (g_test_subprocess ()) {
    g_autoptr (VgJournal) journal = make_job ();

    is_journald = FALSE;
    vg_log_done (journal);
    return;
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("");
}

int
main (int argc, char **argv)
{
  static const VgCommandLine line;
  static const struct {
    const char *path;
    GTestFunc function;
  } tests[] = {
    { "/log/failure", test_failure },
    { "/log/plain-error", test_plain_error },
    { "/log/done", test_done },
    { "/log/done-elsewhere", test_done_elsewhere },
  };
  int status;

  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("G_MESSAGES_DEBUG");
  vg_log_init (&line);
  is_journald = TRUE;
  written = g_string_new (NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add_func (tests[i].path, tests[i].function);
  status = g_test_run ();
  g_string_free (written, TRUE);
  return status;
}
