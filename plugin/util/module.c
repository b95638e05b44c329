/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads modules with dlopen(). */
#include "util/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <unistd.h>

G_DEFINE_QUARK (vg_module_error_quark, vg_module_error)

/* libtool's directory for modules that are not installed yet. */
#define BUILT_IN ".libs"

static char *
find_module (const char *name)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *directory = program ? g_path_get_dirname (program) : NULL;
  g_autofree char *file = g_strconcat (name, ".so", NULL);
  char *path;

  if (directory != NULL) {
    path = g_build_filename (directory, BUILT_IN, file, NULL);
    if (g_file_test (path, G_FILE_TEST_EXISTS))
      return path;
    g_free (path);
  }
  return g_build_filename (VG_PKGLIBDIR, file, NULL);
}

/* The reason is the kernel's, or the dynamic linker's, who names the library
 * that is missing, for one. */
static void
throw_unloaded (GError **error, const char *path)
{
  const char *why = dlerror ();

  g_set_error (error, VG_MODULE_ERROR, VG_MODULE_ERROR_BROKEN,
               "the module %s can't be loaded: %s", path,
               why != NULL ? why : "it lacks its symbol");
}

gpointer
vg_module_load (const char *name, const char *symbol, GError **error)
{
  g_autofree char *path = find_module (name);
  void *handle, *found;

  if (access (path, F_OK) < 0 && errno == ENOENT) {
    g_set_error (error, VG_MODULE_ERROR, VG_MODULE_ERROR_MISSING,
                 "the module %s is not installed", path);
    return NULL;
  }
  handle = dlopen (path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  found = handle != NULL ? dlsym (handle, symbol) : NULL;
  if (found == NULL)
    throw_unloaded (error, path);
  return found;
}
