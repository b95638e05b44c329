/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a process that we start finds in its environment. */
#include "util/child.h"

#include <string.h>

static void
test_environment (void)
{
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *out = NULL;

  g_setenv ("OS_PASSWORD", "hush", TRUE);
  g_setenv ("OS_APPLICATION_CREDENTIAL_SECRET", "hush", TRUE);
  g_setenv ("VG_TEST_VARIABLE", "kept", TRUE);
  launcher = vg_child_launcher (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  process = g_subprocess_launcher_spawn (launcher, &error, "env", NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &out, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (strstr (out, "OS_"));
  g_assert_null (strstr (out, "hush"));
  g_assert_nonnull (strstr (out, "VG_TEST_VARIABLE=kept\n"));
  /* Ours stays as it is. */
  g_assert_cmpstr (g_getenv ("OS_PASSWORD"), ==, "hush");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/child/environment", test_environment);
  return g_test_run ();
}
