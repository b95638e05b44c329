/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's tools in tests: images made by qemu-img(1), served by qemu-nbd(8). */
#pragma once

#include <gio/gio.h>

#include "util/map.h"

/* Skips the test, and says so, where the tools are not installed. */
gboolean qemu_is_missing (void);

/* Runs a command that must succeed. Returns what it printed. */
char *qemu_run (const char *program, ...) G_GNUC_NULL_TERMINATED;

/* Writes size bytes of a file, of which the map's data blocks hold pattern
 * number seed and the others are holes. */
void qemu_write_raw (const char *path, const VgMap *map, guint64 seed);

/* Marks what "qemu-img map" says to be data of the image. name may be QEMU's
 * "json:…"; format NULL: it says it itself. */
VgMap *qemu_read_map (const char *name, const char *format, guint64 size);

/* A qemu-nbd, that ends with this. */
typedef struct {
  GSubprocess *process;
  char *socket;
} QemuServer;

/* Serves an image of that format, or QEMU's "json:…" if that is NULL, to so
 * many clients at once. options: more arguments, NULL-ended; or NULL. */
QemuServer *qemu_server_new (const char *socket, const char *image,
                             const char *format, const char *const *options);
void qemu_server_free (QemuServer *server);

/* Stops it for good, as SIGSTOP does. All its threads have stopped then. */
void qemu_server_stop (QemuServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuServer, qemu_server_free)

/* How many processes have text in their command line, this one left out; and
 * the last one's id, or 0. */
guint qemu_count_processes (const char *text);
int qemu_find_process (const char *text);
