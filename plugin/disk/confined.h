/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts a program that opens guests' disks: qemu-img(1), qemu-nbd(8). Their
 * parsers handle bytes that a guest wrote, so the program is expected to be
 * taken over by the guest, and must not be able to do anything with that.
 *
 * bubblewrap gives it namespaces of its own, of processes, networks and mounts:
 * it sees /usr, and of the disks the files that were admitted. It has the
 * hypervisor's user, no capabilities and a filter of system calls. One
 * capability, CAP_DAC_READ_SEARCH, stays if a file was admitted as privileged;
 * there is nothing else in its view that this would open. */
#pragma once

#include <gio/gio.h>

#include "disk/confine.h"

/* The descriptor of a listening socket, and the first one for a key; both
 * optional. (4 is for this room.) */
#define VG_CONFINED_LISTENER 3
#define VG_CONFINED_KEYS 5

typedef struct {
  GSubprocessLauncher *launcher; /* has descriptors for the program, and
                                    G_SUBPROCESS_FLAGS_STDIN_PIPE */
  GPtrArray *argv;  /* of char *, NULL-terminated: a program, looked up in PATH,
                       and its arguments */
  GPtrArray *files; /* of paths that were admitted: what it may see */
  gboolean listens; /* gets the listener in systemd's way: LISTEN_FDS */
  guint n_keys;     /* descriptors of keys */
} VgConfinedProgram;

/* Where the program finds its keys, each below the number of its descriptor.
 * Static. */
const char *vg_confined_get_key_folder (const VgConfine *confine);

/* Starts it. It dies with the calling thread, with the process returned, which
 * is not necessarily its own, and when the pipe to that is closed. As an
 * ordinary user who may not make namespaces, it runs as we do, and can't gain
 * privileges. VG_DISK_ERROR_CONFINE: it can't be confined; G_SPAWN_ERROR_NOENT:
 * no such program. */
GSubprocess *vg_confined_spawn (const VgConfine *confine,
                                const VgConfinedProgram *program,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether a program's messages are those of what confines it: sets error,
 * VG_DISK_ERROR_CONFINE, then. */
gboolean vg_confined_explain (const char *program, const char *messages,
                              GError **error);

/* Ends a process whose standard error is a pipe, and waits for that a moment:
 * one that hangs in the kernel is left to the kernel. Takes the reference. */
void vg_confined_end (GSubprocess *process);
