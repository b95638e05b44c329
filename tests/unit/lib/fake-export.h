/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processes of a fake backup job, and what its XML says. */
#pragma once

#include <glib.h>

#include "util/source.h"

/* One disk in it. */
typedef struct {
  char *name;
  char *scratch;
  const VgSource *source; /* borrowed */
} FakeExport;

typedef struct {
  char *xml;
  char *socket;
  GPtrArray *exports; /* of FakeExport: those with backup='yes' */
} FakeBackup;

FakeBackup *fake_backup_parse (const char *xml);
void fake_backup_free (FakeBackup *backup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeBackup, fake_backup_free)

/* The names of its disks: "vda vdb". Free with g_free(). */
char *fake_backup_describe (const FakeBackup *backup);

/* What QEMU opens: the disk's file, or the one that stands for a network disk;
 * NULL: there is none. Free with g_free(). */
char *fake_export_get_path (const VgSource *source);

/* Copies the disks into the folder, and exports the copies. What runs has a
 * file NAME.pid there. */
gboolean fake_export_start (const char *folder, const FakeBackup *backup,
                            GError **error);
/* Whether all of them live, and waits for their end after killing them. */
gboolean fake_export_is_alive (const char *folder);
void fake_export_kill (const char *folder);
void fake_export_remove (const char *folder);

/* The virtual size in bytes; 0: it can't be told. */
guint64 fake_export_get_size (const FakeExport *export);
