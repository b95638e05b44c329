/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Functions that the linker puts in front of GLib's, by --wrap. */
#include "lib/crash-point.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define WRAP(function)                                                         \
  extern __typeof__ (function) __real_##function, __wrap_##function;

WRAP (g_file_set_contents_full)
WRAP (rename)
WRAP (g_unlink)

static guint chosen;
static gint count; /* atomic */

void
crash_point_set (guint place)
{
  chosen = place;
}

guint
crash_point_get_count (void)
{
  return (guint) g_atomic_int_get (&count);
}

void
crash_point_pass (void)
{
  if ((guint) g_atomic_int_add (&count, 1) + 1 == chosen)
    kill (getpid (), SIGKILL);
}

gboolean
__wrap_g_file_set_contents_full (const char *path, const char *text,
                                 gssize length, GFileSetContentsFlags flags,
                                 int mode, GError **error)
{
  gboolean ok;

  crash_point_pass ();
  ok = __real_g_file_set_contents_full (path, text, length, flags, mode, error);
  crash_point_pass ();
  return ok;
}

int
__wrap_rename (const char *from, const char *to)
{
  int result;

  crash_point_pass ();
  result = __real_rename (from, to);
  crash_point_pass ();
  return result;
}

int
__wrap_g_unlink (const char *path)
{
  int result;

  crash_point_pass ();
  result = __real_g_unlink (path);
  crash_point_pass ();
  return result;
}
