/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Launchers without our credentials. */
#include "util/child.h"

GSubprocessLauncher *
vg_child_launcher (GSubprocessFlags flags)
{
  GSubprocessLauncher *launcher = g_subprocess_launcher_new (flags);
  g_auto (GStrv) names = g_listenv ();

  for (char **name = names; *name != NULL; name++)
    if (g_str_has_prefix (*name, "OS_"))
      g_subprocess_launcher_unsetenv (launcher, *name);
  return launcher;
}
