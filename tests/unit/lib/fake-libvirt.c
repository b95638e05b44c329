/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log, the orders, the errors and the clock of the fake libvirt. */
#include "lib/fake-libvirt.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "VG_FAKE_LIBVIRT"

static GMutex lock; /* for what follows */
static GHashTable *counts;
static GHashTable *done; /* orders, by their lines */
static gint64 ahead;     /* µs */

static _Thread_local virError last;
static _Thread_local char message[200]; /* its */

gpointer
fake_real (const char *function)
{
  return dlsym (RTLD_NEXT, function);
}

char *
fake_path (const char *name)
{
  const char *folder = g_getenv (FOLDER);

  if (folder == NULL)
    g_error (FOLDER " is not set");
  return g_build_filename (folder, name, NULL);
}

gboolean
fake_exists (const char *name)
{
  g_autofree char *path = fake_path (name);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* ---- Errors */

void
fake_set_error (int code, const char *format, ...)
{
  va_list args;

  virResetLastError ();
  va_start (args, format);
  g_vsnprintf (message, sizeof message, format, args);
  va_end (args);
  last = (virError){ .code = code,
                     .domain = VIR_FROM_TEST,
                     .level = VIR_ERR_ERROR,
                     .message = message };
}

virErrorPtr
virGetLastError (void)
{
  virErrorPtr (*real) (void) = fake_real ("virGetLastError");
  virErrorPtr error = real ();

  return error != NULL || last.code == VIR_ERR_OK ? error : &last;
}

int
virGetLastErrorCode (void)
{
  virErrorPtr error = virGetLastError ();

  return error != NULL ? error->code : VIR_ERR_OK;
}

const char *
virGetLastErrorMessage (void)
{
  virErrorPtr error = virGetLastError ();

  return error != NULL ? error->message : "no error";
}

/* ---- The clock */

gint64
g_get_monotonic_time (void)
{
  gint64 (*real) (void) = fake_real ("g_get_monotonic_time");
  gint64 now = real ();

  g_mutex_lock (&lock);
  now += ahead;
  g_mutex_unlock (&lock);
  return now;
}

void
g_usleep (gulong us)
{
  void (*real) (gulong) = fake_real ("g_usleep");

  if (g_getenv (FOLDER) == NULL || !fake_exists ("away")) {
    real (us);
    return;
  }
  g_mutex_lock (&lock);
  ahead += (gint64) us;
  g_mutex_unlock (&lock);
  real (MIN (us, 10000));
}

/* ---- The connection */

virConnectPtr
virConnectOpenAuth (const char *uri, virConnectAuthPtr auth, unsigned int flags)
{
  virConnectPtr (*real) (const char *, virConnectAuthPtr, unsigned int) =
      fake_real ("virConnectOpenAuth");

  virConnectPtr connection;

  if (fake_exists ("away")) {
    fake_set_error (VIR_ERR_NO_CONNECT, "it is away");
    return NULL;
  }
  connection = real (uri, auth, flags);
  if (connection != NULL)
    fake_define_all (connection);
  return connection;
}

int
virConnectIsAlive (virConnectPtr connection)
{
  int (*real) (virConnectPtr) = fake_real ("virConnectIsAlive");

  return fake_exists ("away") ? 0 : real (connection);
}

/* ---- Calls */

/* The thaw watchdog runs the same program. */
static gboolean
is_watchdog (void)
{
  g_autofree char *line = NULL;
  gsize length = 0;

  if (!g_file_get_contents ("/proc/self/cmdline", &line, &length, NULL))
    return FALSE;
  for (gsize i = 0; i < length; i += strlen (line + i) + 1)
    if (strcmp (line + i, "_thaw") == 0)
      return TRUE;
  return FALSE;
}

static void
log_call (const char *call, const char *detail)
{
  g_autofree char *path = fake_path ("log");
  g_autofree char *line = g_strdup_printf (
      "%s%s%s\n", call, detail != NULL ? " " : "", detail ? detail : "");
  int fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

  if (fd < 0 || write (fd, line, strlen (line)) < 0)
    g_error ("%s can't be written", path);
  close (fd);
}

static guint
count_call (const char *call)
{
  guint n;

  g_mutex_lock (&lock);
  if (counts == NULL)
    counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, call)) + 1;
  g_hash_table_replace (counts, g_strdup (call), GUINT_TO_POINTER (n));
  g_mutex_unlock (&lock);
  return n;
}

/* Whether it is the first call when there is such a file. */
static gboolean
is_first_with (const char *order, const char *pattern)
{
  gboolean first;
  glob_t found;

  if (glob (pattern, 0, NULL, &found) != 0)
    return FALSE;
  globfree (&found);
  g_mutex_lock (&lock);
  if (done == NULL)
    done = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  first = g_hash_table_add (done, g_strdup (order));
  g_mutex_unlock (&lock);
  return first;
}

static gboolean
is_due (const char *order, const char *when, guint n)
{
  if (*when == '/')
    return is_first_with (order, when);
  return strcmp (when, "*") == 0 || (guint) atoi (when) == n;
}

static void
run (const char *command)
{
  char *argv[] = { (char *) "/bin/sh", (char *) "-c", (char *) command, NULL };

  g_spawn_sync (NULL, argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
                NULL, NULL, NULL);
}

static FakeVerdict
fail (const char *arguments)
{
  char *text;
  long code = strtol (arguments, &text, 10);

  fake_set_error ((int) code, "%s", g_strchug (text));
  return FAKE_FAIL;
}

/* A guest that is gone is not frozen. */
static void
destroy (virDomainPtr domain)
{
  g_autofree char *path = fake_path ("frozen");

  virDomainDestroy (domain);
  unlink (path);
}

static void
define (virDomainPtr domain, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;
  virDomainPtr (*real) (virConnectPtr, const char *) =
      fake_real ("virDomainDefineXML");
  virDomainPtr defined;

  g_file_get_contents (path, &xml, NULL, &error);
  g_assert_no_error (error);
  defined = real (virDomainGetConnect (domain), xml);
  g_assert_nonnull (defined);
  virDomainFree (defined);
}

static FakeVerdict
obey (const char *action, const char *argument, virDomainPtr domain)
{
  if (strcmp (action, "fail") == 0)
    return fail (argument);
  if (strcmp (action, "ignore") == 0)
    return FAKE_IGNORE;
  if (strcmp (action, "run") == 0)
    run (argument);
  else if (strcmp (action, "start") == 0)
    virDomainCreate (domain);
  else if (strcmp (action, "destroy") == 0)
    destroy (domain);
  else if (strcmp (action, "undefine") == 0)
    virDomainUndefine (domain);
  else if (strcmp (action, "define") == 0)
    define (domain, argument);
  else if (strcmp (action, "die") == 0)
    fake_backup_die (domain);
  else if (strcmp (action, "skip") == 0) {
    g_mutex_lock (&lock);
    ahead += atoi (argument) * G_USEC_PER_SEC;
    g_mutex_unlock (&lock);
  } else
    g_error ("there is no action %s", action);
  return FAKE_GO;
}

FakeVerdict
fake_call (const char *call, virDomainPtr domain, const char *detail)
{
  g_autofree char *name =
      g_strconcat (is_watchdog () ? "watchdog-" : "", call, NULL);
  g_autofree char *path = fake_path ("faults"), *text = NULL;
  FakeVerdict verdict = FAKE_GO;
  guint n = count_call (name);
  g_auto (GStrv) orders = NULL;

  log_call (name, detail);
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FAKE_GO;
  orders = g_strsplit (text, "\n", -1);
  for (guint i = 0; orders[i] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (orders[i], " ", 4);

    if (g_strv_length (words) < 3 || strcmp (words[0], name) != 0
        || !is_due (orders[i], words[1], n))
      continue;
    verdict = MAX (verdict, obey (words[2], words[3] ? words[3] : "", domain));
  }
  return verdict;
}
