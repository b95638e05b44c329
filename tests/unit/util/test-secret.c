/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program with secrets leaves no core dump. */
#include "util/secret.h"

#include <glib.h>
#include <sys/prctl.h>

#ifdef __SANITIZE_ADDRESS__ /* its search for leaks needs ptrace */
#define STAYS 1
#else
#define STAYS 0
#endif

static void
test_dumps (void)
{
  g_assert_cmpint (prctl (PR_GET_DUMPABLE, 0, 0, 0, 0), ==, 1);
  vg_secret_forbid_dumps ();
  g_assert_cmpint (prctl (PR_GET_DUMPABLE, 0, 0, 0, 0), ==, STAYS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secret/dumps", test_dumps);
  return g_test_run ();
}
