/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Missing modules, and files that are no modules. The tests of the program load
 * a real one. */
#include "util/module.h"

#include <glib/gstdio.h>
#include <limits.h>
#include <string.h>

static void
test_missing (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_module_load ("no-such-module", "symbol", &error));
  g_assert_error (error, VG_MODULE_ERROR, VG_MODULE_ERROR_MISSING);
  g_assert_nonnull (strstr (error->message, "no-such-module.so is not inst"));
}

static void
test_broken (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *directory = g_path_get_dirname (program);
  g_autofree char *libs = g_build_filename (directory, ".libs", NULL);
  g_autofree char *path = g_build_filename (libs, "none-at-all.so", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (libs, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  g_assert_null (vg_module_load ("none-at-all", "symbol", &error));
  g_assert_cmpint (g_remove (path), ==, 0);
  g_rmdir (libs);
  g_assert_error (error, VG_MODULE_ERROR, VG_MODULE_ERROR_BROKEN);
  /* The linker's reason is all that is known; advice may be wrong. */
  g_assert_true (g_str_has_suffix (error->message, ": file too short"));
}

/* A module that can't be looked for isn't "not installed". */
static void
test_unreachable (void)
{
  g_autofree char *name = g_strnfill (PATH_MAX, 'm');
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_module_load (name, "symbol", &error));
  g_assert_error (error, VG_MODULE_ERROR, VG_MODULE_ERROR_BROKEN);
  g_assert_nonnull (strstr (error->message, "File name too long"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/module/missing", test_missing);
  g_test_add_func ("/module/broken", test_broken);
  g_test_add_func ("/module/unreachable", test_unreachable);
  return g_test_run ();
}
