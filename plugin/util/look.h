/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at files by a child process: a file system that doesn't answer (of a
 * network, FUSE) stops only the child, and the process that asks can be
 * interrupted. It costs a fork(2), which takes longer the more memory we use.
 */
#pragma once

#include <gio/gio.h>
#include <sys/stat.h>

/* What the child does with a path: fills answer, which is zeroed. It may call
 * the kernel alone, no library that may hold a lock: other threads are gone. */
typedef void (*VgLook) (const char *path, gconstpointer data, gpointer answer);

/* Lets a child look at n paths, one after the other; answers has n times size
 * bytes. FALSE with G_IO_ERROR_TIMED_OUT, which names the path, if there is no
 * answer within half a minute, G_IO_ERROR_CANCELLED, promptly, or _FAILED. */
gboolean vg_look_ask (VgLook look, gconstpointer data, const char *const *paths,
                      gsize n, gpointer answers, gsize size,
                      GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* What stat(2) tells of a file, without opening it; links are followed. */
typedef struct {
  int error; /* errno if the path leads to nothing; the rest is unset then */
  mode_t mode;
  dev_t device;
  ino_t inode;
  guint64 size;            /* bytes */
  struct timespec changed; /* its content; real time */
  gint64 born;             /* s; 0: unknown */
  gboolean has_space;      /* whether available is known */
  guint64 available;       /* bytes, for ordinary users, in its file system */
} VgFileFacts;

/* Looks at n files, facts has n elements. Errors: as vg_look_ask(). */
gboolean vg_look_at_files (const char *const *paths, gsize n,
                           VgFileFacts *facts, GCancellable *cancellable,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Looks at one. */
gboolean vg_look_at_file (const char *path, VgFileFacts *facts,
                          GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the path may be given to a library, which would wait without end for
 * one who writes to a FIFO: FALSE with G_CONVERT_ERROR if there is anything but
 * a regular file, or the errors of vg_look_ask(). path may be NULL. */
gboolean vg_look_check_regular (const char *path, GCancellable *cancellable,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
