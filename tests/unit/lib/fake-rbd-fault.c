/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Faults of the fake, by request: $VG_FAKE_CEPH/faults has lines
 *
 *   FUNCTION NTH ACTION
 *
 * NTH counts the calls of a process since the file was written; "*" is each.
 * FUNCTION is a function's name, or that of a point within one. ACTION is
 *
 *   ERRNO         fail with it, such as ENOSPC, and do nothing
 *   after-ERRNO   do it, and fail: the answer got lost
 *   =NUMBER       return this, and do nothing
 *   hold          wait until the line is taken out of the file; the log has a
 *                 line "held FUNCTION" then
 *   kill          die, as by kill -9; kill-after: do it, and die
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fake-rbd-make.h"
#include "lib/fake-rbd.h"

#define HOLD_PAUSE_US 10000

static char *
get_path (const char *name)
{
  const char *folder = g_getenv (FAKE_RBD_FOLDER);

  if (folder == NULL)
    fake_rbd_die ("%s is not set", FAKE_RBD_FOLDER);
  return g_build_filename (folder, name, NULL);
}

void
fake_rbd_die (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  fputs ("fake of Ceph: ", stderr);
  vfprintf (stderr, format, args);
  fputc ('\n', stderr);
  va_end (args);
  abort ();
}

static gboolean ignore;

void
fake_rbd_ignore_faults (void)
{
  ignore = TRUE;
}

static const char *
get_option (const FakeCluster *cluster, const char *name)
{
  const char *value = g_hash_table_lookup (cluster->options, name);

  return value != NULL ? value : "";
}

void
fake_rbd_complain (const FakeCluster *cluster, const char *text)
{
  if (!g_str_equal (get_option (cluster, "err_to_stderr"), "false")
      || !g_str_equal (get_option (cluster, "log_to_stderr"), "false"))
    fprintf (stderr, "fake of Ceph: %s\n", text);
}

static void
write_log (const char *first, const char *second)
{
  g_autofree char *path = get_path ("log");
  g_autofree char *line = g_strconcat (first, second ? " " : "\n", second,
                                       second ? "\n" : NULL, NULL);
  int fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);

  if (fd < 0 || write (fd, line, strlen (line)) < 0)
    fake_rbd_die ("%s can't be written", path);
  close (fd);
}

static GMutex mutex;
static char *seen;          /* which file it was */
static GHashTable *counter; /* calls by function, since it was written */

static char *
read_faults (void)
{
  g_autofree char *path = get_path ("faults");
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : g_strdup ("");
}

/* Tells the file from the one that was there before. */
static char *
identify_faults (void)
{
  g_autofree char *path = get_path ("faults");
  struct stat info;

  if (stat (path, &info) != 0)
    return g_strdup ("");
  return g_strdup_printf ("%lu %ld.%09ld", (gulong) info.st_ino,
                          (glong) info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

static guint
count_call (const char *function)
{
  g_autofree char *identity = identify_faults ();
  guint n;

  if (g_strcmp0 (identity, seen) != 0) {
    g_free (seen);
    seen = g_steal_pointer (&identity);
    g_clear_pointer (&counter, g_hash_table_unref);
  }
  if (counter == NULL)
    counter = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  n = GPOINTER_TO_UINT (g_hash_table_lookup (counter, function)) + 1;
  g_hash_table_replace (counter, g_strdup (function), GUINT_TO_POINTER (n));
  return n;
}

/* The line of the file that meets this call, or NULL. */
static char *
find_fault (const char *function)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint n;

  g_mutex_lock (&mutex);
  text = read_faults ();
  n = count_call (function);
  g_mutex_unlock (&mutex);
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    g_auto (GStrv) words = g_strsplit (*line, " ", -1);

    if (g_strv_length (words) == 3 && g_str_equal (words[0], function)
        && (g_str_equal (words[1], "*") || (guint) atoi (words[1]) == n))
      return g_strdup (*line);
  }
  return NULL;
}

static int
get_errno (const char *name)
{
  for (int number = 1; number < 200; number++)
    if (g_strcmp0 (strerrorname_np (number), name) == 0)
      return number;
  fake_rbd_die ("there is no action %s", name);
}

static void
hold (const char *function, const char *line)
{
  gboolean held = TRUE;

  write_log ("held", function);
  while (held) {
    g_autofree char *text = read_faults ();
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

    held = g_strv_contains ((const char *const *) lines, line);
    g_usleep (HOLD_PAUSE_US);
  }
}

void
fake_rbd_check_patience (const FakeCluster *cluster, gboolean full_try,
                         int error)
{
  if (ignore)
    return;
  if (error == ETIMEDOUT
      && (*get_option (cluster, "client_mount_timeout") == '\0'
          || *get_option (cluster, "rados_mon_op_timeout") == '\0'
          || *get_option (cluster, "rados_osd_op_timeout") == '\0'))
    fake_rbd_die ("a cluster that does not answer is waited for");
  if ((error == ENOSPC || error == EDQUOT) && !full_try)
    fake_rbd_die ("a pool that is full is waited for");
}

static void
act (FakeFault *fault, const char *action, const char *line)
{
  if (g_str_equal (action, "hold"))
    hold (fault->function, line);
  else if (g_str_equal (action, "kill"))
    raise (SIGKILL);
  else if (g_str_equal (action, "kill-after"))
    fault->kill_after = TRUE;
  else if (g_str_has_prefix (action, "after-"))
    fault->after = -get_errno (action + strlen ("after-"));
  else {
    fault->stop = TRUE;
    fault->result = *action == '=' ? atoi (action + 1) : -get_errno (action);
  }
}

FakeFault
fake_rbd_begin (const char *function, const char *argument,
                const FakeCluster *cluster, gboolean full_try)
{
  FakeFault fault = { .function = function };
  g_autofree char *line = ignore ? NULL : find_fault (function);

  if (ignore)
    return fault;
  write_log (function, argument);
  if (line != NULL)
    act (&fault, strrchr (line, ' ') + 1, line);
  if (cluster != NULL)
    fake_rbd_check_patience (cluster, full_try,
                             -MIN (fault.result, fault.after));
  return fault;
}

int
fake_rbd_end (const FakeFault *fault, int result)
{
  if (fault->kill_after)
    raise (SIGKILL);
  return fault->after != 0 ? fault->after : result;
}
