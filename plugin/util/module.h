/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of the program that are loaded when they are needed, for the sake of
 * the libraries that they bring along: a command that needs none of these
 * starts in a few milliseconds, and a host without Ceph needs no Ceph
 * libraries. */
#pragma once

#include <glib.h>

#define VG_MODULE_ERROR (vg_module_error_quark ())
typedef enum {
  VG_MODULE_ERROR_MISSING, /* there is no such module: it isn't installed */
  VG_MODULE_ERROR_BROKEN,  /* it, or a library of its, can't be loaded */
} VgModuleError;
GQuark vg_module_error_quark (void);

/* Loads the module NAME.so, for good, and returns its symbol: from where the
 * program was built if that is what runs, else from where it is installed.
 * NULL with VG_MODULE_ERROR. */
gpointer vg_module_load (const char *name, const char *symbol, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
