/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a file is, and who may read it, found out by a child process: a file
 * system that doesn't answer stops only the child. */
#pragma once

#include <gio/gio.h>
#include <limits.h>
#include <sys/types.h>

/* Whose rights to try. */
typedef struct {
  gboolean change; /* become this user; we are root */
  uid_t uid;
  gid_t gid;
  const gid_t *groups;
  gsize n_groups;
} VgProbeUser;

typedef struct {
  int error;   /* errno if the path leads to nothing; the rest is unset then */
  mode_t mode; /* type and permissions of the file that the path leads to */
  dev_t device;
  ino_t inode;
  int refusal;         /* errno if the user can't open it for reading, else 0;
                          tried for regular files and block devices only */
  gboolean guarded;    /* nobody but root can make the path lead elsewhere: all
                          directories on it are root's, links included */
  guint64 magic;       /* of its file system: linux/magic.h */
  char real[PATH_MAX]; /* the path without links */
} VgProbe;

/* Looks at a file. Does not open a FIFO, a socket or a character device. FALSE
 * with the errors of vg_look_ask(): G_IO_ERROR_TIMED_OUT if there is no answer
 * within half a minute, G_IO_ERROR_CANCELLED, promptly, or _FAILED. */
gboolean vg_probe_file (const char *path, const VgProbeUser *user,
                        VgProbe *probe, GCancellable *cancellable,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The name of the file system if its files are the kernel's, made up when they
 * are read: "procfs"; NULL if they are somebody's data. Static. */
const char *vg_probe_name_kernels (const VgProbe *probe);
