/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A library to be preloaded, that ends the process while it writes a journal. A
 * journal is written whole and renamed into place, so the renames into a
 * directory "jobs" are counted. VG_TEST_KILL_AT is "N-before" or "N-after": the
 * Nth rename isn't done, or is done, when the signal comes. It is SIGKILL, or
 * that of a third part: "3-after-2". A signal other than SIGKILL is sent once,
 * and the rename goes on. With "N-fail" the Nth rename and those after it fail,
 * for want of space. The processes that it starts are spared.
 *
 * While the file VG_TEST_FULL exists, no file is renamed into a directory
 * "spool", for want of space. */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int at, sig = SIGKILL;
static char when[8];

__attribute__ ((constructor)) static void
read_order (void)
{
  const char *order = getenv ("VG_TEST_KILL_AT");

  if (order == NULL || sscanf (order, "%d-%7[a-z]-%d", &at, when, &sig) < 2)
    at = 0;
  unsetenv ("VG_TEST_KILL_AT");
}

int
rename (const char *from, const char *to)
{
  static atomic_int count;
  int (*real) (const char *, const char *) =
      (int (*) (const char *, const char *)) dlsym (RTLD_NEXT, "rename");
  const char *full = getenv ("VG_TEST_FULL");
  int n, result;

  if (full != NULL && strstr (to, "/spool/") != NULL
      && access (full, F_OK) == 0) {
    errno = ENOSPC;
    return -1;
  }
  if (at == 0 || strstr (to, "/jobs/") == NULL)
    return real (from, to);
  n = ++count;
  if (n >= at && strcmp (when, "fail") == 0) {
    errno = ENOSPC;
    return -1;
  }
  if (n != at)
    return real (from, to);
  if (strcmp (when, "before") == 0)
    kill (getpid (), sig);
  result = real (from, to);
  if (strcmp (when, "after") == 0)
    kill (getpid (), sig);
  return result;
}
