/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of the program that are loaded on demand, together with the libraries
 * they need: a command that needs none of them starts in a few milliseconds,
 * and a host without Ceph needs no Ceph libraries. */
#pragma once

#include <glib.h>

#define VG_MODULE_ERROR (vg_module_error_quark ())
typedef enum {
  VG_MODULE_ERROR_MISSING, /* not installed */
  VG_MODULE_ERROR_BROKEN,  /* the module, or a library that it needs, can't be
                              loaded; the message has the linker's reason */
} VgModuleError;
GQuark vg_module_error_quark (void);

/* Loads the module NAME.so permanently and returns its symbol. A program in its
 * build tree loads the module from there, otherwise from the installation. NULL
 * with VG_MODULE_ERROR. */
gpointer vg_module_load (const char *name, const char *symbol, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
