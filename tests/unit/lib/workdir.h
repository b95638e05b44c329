/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A temporary directory for a test. */
#pragma once

#include <glib.h>

/* A new, empty directory with a path short enough for a socket. Free with
 * workdir_remove(), which deletes all its contents. */
char *workdir_new (void);
void workdir_remove (char *path);

typedef char Workdir;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Workdir, workdir_remove)

/* The path of name in the directory. Free with g_free(). */
char *workdir_path (const Workdir *dir, const char *name);

/* Creates a file in the directory; fails the test on error. Free with
 * g_free(). */
char *workdir_file (const Workdir *dir, const char *name, const char *text);
