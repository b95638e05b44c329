/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder for what a test makes. */
#pragma once

#include <glib.h>

/* A new, empty one; short enough for a socket's path. Free with
 * workdir_remove(), which deletes all that is in it. */
char *workdir_new (void);
void workdir_remove (char *path);

typedef char Workdir;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Workdir, workdir_remove)

/* The path of something in it. Free with g_free(). */
char *workdir_path (const Workdir *dir, const char *name);

/* Makes a file in it; fails the test if that can't be. Free with g_free(). */
char *workdir_file (const Workdir *dir, const char *name, const char *text);
