/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's progress as it is printed. */
#include "cmd/progress.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB ((guint64) 1 << 20)
#define S ((gint64) G_USEC_PER_SEC)

static void
test_text (void)
{
  static const struct {
    guint64 sent, total;
    gint64 elapsed;
    const char *expected;
  } cases[] = {
    { 512 * MIB, 1024 * MIB, 4 * S,
      " 50 % 512.0 MiB of 1.0 GiB, 128.0 MiB/s, 0:04 left" },
    { 1024 * MIB, 1024 * MIB, 8 * S,
      "100 % 1.0 GiB of 1.0 GiB, 128.0 MiB/s, 0:00 left" },
    { 1024 * MIB - 1, 1024 * MIB, 8 * S,
      " 99 % 1024.0 MiB of 1.0 GiB, 128.0 MiB/s, 0:00 left" },
    { MIB, 100 * MIB, S, "  1 % 1.0 MiB of 100.0 MiB, 1.0 MiB/s, 1:39 left" },
    { MIB, 3700 * MIB, S, "  0 % 1.0 MiB of 3.6 GiB, 1.0 MiB/s, 1:01:39 left" },
    /* No estimate before the first byte, */
    { 0, MIB, 0, "  0 % 0 bytes of 1.0 MiB" },
    { 0, MIB, 9 * S, "  0 % 0 bytes of 1.0 MiB" },
    { MIB, 2 * MIB, 0, " 50 % 1.0 MiB of 2.0 MiB" },
    { 0, 0, 0, "100 % 0 bytes of 0 bytes" },
    /* extreme values, */
    { 1, (guint64) 1 << 44, 100 * S,
      "  0 % 1 byte of 16.0 TiB, 0 bytes/s, days left" },
    { G_MAXUINT64 / 2, G_MAXUINT64, 1,
      " 50 % 8.0 EiB of 16.0 EiB, 8.0 EiB/s, 0:01 left" },
    /* and never more than the total. */
    { 2 * MIB, MIB, S, "100 % 1.0 MiB of 1.0 MiB, 1.0 MiB/s, 0:00 left" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *line =
        vg_progress_format (cases[i].sent, cases[i].total, cases[i].elapsed, 0);

    g_assert_cmpstr (line, ==, cases[i].expected);
  }
}

/* The bar is left out if the line is too short; lines never wrap. */
static void
test_bar (void)
{
  guint n_bars = 0;

  for (guint columns = 0; columns < 300; columns++)
    for (guint64 sent = 0; sent <= 100; sent += 10) {
      g_autofree char *line =
          vg_progress_format (sent * MIB, 100 * MIB, S, columns);
      const char *bar = strchr (line, '[');
      const char *end = strchr (line, ']');

      if (bar == NULL)
        continue;
      n_bars++;
      g_assert_cmpuint (strlen (line), <, columns);
      g_assert_nonnull (end);
      g_assert_cmpint (end - bar, <=, 41);
      g_assert_cmpint (end - bar, >=, 8);
    }
  g_assert_cmpuint (n_bars, >, 200 * 11);
}

static void
test_bar_fills (void)
{
  static const struct {
    guint64 sent;
    const char *bar;
  } cases[] = {
    { 0, "[>                                       ]" },
    { 50, "[====================>                   ]" },
    { 99, "[=======================================>]" },
    { 100, "[========================================]" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *line =
        vg_progress_format (cases[i].sent * MIB, 100 * MIB, S, 200);

    if (strstr (line, cases[i].bar) == NULL)
      g_error ("expected '%s' in '%s'", cases[i].bar, line);
  }
}

/* Reports without a terminal: plain lines, no control characters. */
static void
report_all (gboolean quiet)
{
  g_autoptr (VgProgress) progress = vg_progress_new (quiet);
  const VgReport *report = vg_progress_get_report (progress);

  vg_report_phase (report, "phase %d of \"\033[31m\n\"", 1);
  vg_report_warning (report, "warned of %s", "\xff");
  if (report->progress != NULL)
    for (guint64 sent = 0; sent <= 1000; sent++)
      report->progress (sent, 1000, report->data);
  vg_report_phase (report, "over");
}

static void
test_lines (void)
{
  if (g_test_subprocess ()) {
    report_all (FALSE);
    return;
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("phase 1 of \"\\x1b[31m\\x0a\"\n"
                             "warning: warned of \\xff\nover\n");
}

/* Reports on a pseudo-terminal, and prints its output. */
static void
report_on_terminal (void)
{
  int terminal = posix_openpt (O_RDWR | O_NOCTTY);
  char text[4096] = "";
  gssize length = 0;
  int slave;

  g_assert_cmpint (terminal, >=, 0);
  g_assert_cmpint (grantpt (terminal), ==, 0);
  g_assert_cmpint (unlockpt (terminal), ==, 0);
  slave = open (ptsname (terminal), O_RDWR | O_NOCTTY);
  g_assert_cmpint (dup2 (slave, STDERR_FILENO), ==, STDERR_FILENO);
  report_all (FALSE);
  /* The kernel returns the output in pieces. */
  alarm (60);
  while (strstr (text, "over\r\n") == NULL) {
    gssize n = read (terminal, text + length, sizeof text - 1 - (gsize) length);

    g_assert_cmpint (n, >, 0);
    length += n;
    text[length] = '\0';
  }
  printf ("%s", text);
}

/* A minimal chroot may have none. */
static gboolean
has_terminals (void)
{
  int terminal = posix_openpt (O_RDWR | O_NOCTTY);

  if (terminal < 0)
    g_test_skip ("pseudo-terminals can't be had here");
  else
    close (terminal);
  return terminal >= 0;
}

/* On a terminal: a bar that is overwritten, and messages on lines of their
 * own. */
static void
test_terminal (void)
{
  if (g_test_subprocess ()) {
    g_setenv ("TERM", "xterm", TRUE);
    g_unsetenv ("NO_COLOR");
    report_on_terminal ();
    return;
  }
  if (!has_terminals ())
    return;
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout ("*phase 1 of *\r\nwarning: *\r\n"
                             "\r  0 % [>* 0 bytes of 1000 bytes\033[K*"
                             "\r100 % [=*=] 1000 bytes of 1000 bytes, */s, "
                             "0:00 left\033[K\r\nover\r\n*");
}

/* Terminals without escape sequences, or with them disabled: spaces overwrite
 * the rest of the last line. */
static void
test_no_escapes (gconstpointer variable)
{
  if (g_test_subprocess ()) {
    g_auto (GStrv) parts = g_strsplit (variable, "=", 2);

    g_setenv ("TERM", "xterm", TRUE);
    g_setenv (parts[0], parts[1], TRUE);
    report_on_terminal ();
    return;
  }
  if (!has_terminals ())
    return;
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout ("*\r  0 % [>* 0 bytes of 1000 bytes *"
                             "\r100 % [=*=] 1000 bytes of 1000 bytes, */s, "
                             "0:00 left*\r\nover\r\n*");
  g_test_trap_assert_stdout_unmatched ("*\033*");
}

static void
test_quiet (void)
{
  if (g_test_subprocess ()) {
    report_all (TRUE);
    return;
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("warning: warned of \\xff\n");
}

/* Without callbacks. */
static void
test_no_report (void)
{
  VgReport report = { 0 };

  vg_report_phase (&report, "phase");
  vg_report_warning (&report, "warning");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/progress/text", test_text);
  g_test_add_func ("/progress/bar", test_bar);
  g_test_add_func ("/progress/bar-fills", test_bar_fills);
  g_test_add_func ("/progress/lines", test_lines);
  g_test_add_func ("/progress/terminal", test_terminal);
  g_test_add_data_func ("/progress/dumb", "TERM=dumb", test_no_escapes);
  g_test_add_data_func ("/progress/no-term", "TERM=", test_no_escapes);
  g_test_add_data_func ("/progress/no-color", "NO_COLOR=1", test_no_escapes);
  g_test_add_func ("/progress/quiet", test_quiet);
  g_test_add_func ("/progress/no-report", test_no_report);
  return g_test_run ();
}
