/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Linked into a copy of the program: its journal is written by rename(), and
 * with VG_KILL_AT="before N" or "after N" the process dies around the Nth of
 * these, as by kill -9; with "fail N" it can't be written any more from then
 * on. Not so the processes that it starts. */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int rename (const char *from, const char *to);

static char when[16];
static int at;

__attribute__ ((constructor)) static void
read_order (void)
{
  const char *order = getenv ("VG_KILL_AT");

  if (order == NULL || sscanf (order, "%15s %d", when, &at) != 2)
    at = 0;
  unsetenv ("VG_KILL_AT");
}

int
rename (const char *from, const char *to)
{
  int (*real) (const char *, const char *) =
      (int (*) (const char *, const char *)) dlsym (RTLD_NEXT, "rename");
  int result;

  if (strstr (to, "/jobs/") != NULL)
    at--;
  if (at == 0 && strcmp (when, "before") == 0)
    raise (SIGKILL);
  if (at <= 0 && strcmp (when, "fail") == 0 && strstr (to, "/jobs/") != NULL) {
    errno = ENOSPC;
    return -1;
  }
  result = real (from, to);
  if (at == 0 && strcmp (when, "after") == 0)
    raise (SIGKILL);
  return result;
}
