/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For functions that stand in front of GLib's: see tsan-glib.c. */
#pragma once

#include <glib.h>
#include <sanitizer/tsan_interface.h>

/* The function NAME of GLib, or GIO. */
gpointer tsan_glib_find (const char *name);

/* Declares "real", the function of GLib with that name. */
#define REAL(name)                                                             \
  static __typeof__ (&name) found;                                             \
  __typeof__ (&name) real = __atomic_load_n (&found, __ATOMIC_ACQUIRE);        \
  if (real == NULL) {                                                          \
    real = (__typeof__ (&name)) tsan_glib_find (#name);                        \
    __atomic_store_n (&found, real, __ATOMIC_RELEASE);                         \
  }
