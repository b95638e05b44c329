/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's tools for tests: images created by qemu-img(1), served by
 * qemu-nbd(8). */
#pragma once

#include <gio/gio.h>

#include "util/config.h"
#include "util/map.h"

/* If the tools are not installed, skips the test and returns TRUE. */
gboolean qemu_is_missing (void);

/* A configuration in which QEMU's programs are confined; where root can't make
 * namespaces, they aren't. Free with vg_config_free(). */
VgConfig *qemu_config (void);

/* Runs a command that must succeed. Returns its output. */
char *qemu_run (const char *program, ...) G_GNUC_NULL_TERMINATED;

/* Writes a file of size bytes. The map's data blocks have the pattern of seed;
 * the other blocks are holes. */
void qemu_write_raw (const char *path, const VgMap *map, guint64 seed);

/* Marks the data reported by "qemu-img map". name: a path or QEMU's "json:…";
 * format NULL: name includes it. */
VgMap *qemu_read_map (const char *name, const char *format, guint64 size);

/* A qemu-nbd process, stopped by qemu_server_free(). */
typedef struct {
  GSubprocess *process;
  char *socket;
} QemuServer;

/* Serves an image, to one client after the other unless options has --shared.
 * format NULL: image is QEMU's "json:…". options: more arguments,
 * NULL-terminated; or NULL. */
QemuServer *qemu_server_new (const char *socket, const char *image,
                             const char *format, const char *const *options);
void qemu_server_free (QemuServer *server);

/* Stops it for good, as SIGSTOP does. All its threads have stopped then. */
void qemu_server_stop (QemuServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QemuServer, qemu_server_free)

/* The number of processes with text in their command line, without this one;
 * and the id of the last one, or 0. */
guint qemu_count_processes (const char *text);
int qemu_find_process (const char *text);
