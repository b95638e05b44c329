/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A library to be preloaded, that ends the process while it writes a journal. A
 * journal is written whole and renamed into place, so the renames into a
 * directory "jobs" are counted. VG_TEST_KILL_AT is "N-before" or "N-after": the
 * Nth rename isn't done, or is done, when the signal comes. It is SIGKILL, or
 * that of a third part: "3-after-2". A signal other than SIGKILL is sent once,
 * and the rename goes on. With "N-fail" the Nth rename and those after it fail,
 * for want of space. */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
rename (const char *from, const char *to)
{
  static atomic_int count;
  int (*real) (const char *, const char *) =
      (int (*) (const char *, const char *)) dlsym (RTLD_NEXT, "rename");
  const char *where = getenv ("VG_TEST_KILL_AT");
  int at = 0, n, sig = SIGKILL, result;
  char when[8] = "";

  if (where == NULL || strstr (to, "/jobs/") == NULL
      || sscanf (where, "%d-%7[a-z]-%d", &at, when, &sig) < 2)
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
