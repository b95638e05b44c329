/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread for all blocking work except orders: keeping the libvirt connection,
 * accepting requests, recovery. It runs one task at a time. */
#pragma once

#include "host/watch.h"
#include "util/config.h"

typedef enum {
  VG_LIBVIRT_WORKER_RECOVER, /* undo leftovers of crashed jobs */
  VG_LIBVIRT_WORKER_CONNECT, /* ensure that events arrive; if some may have been
                                missed, scan all domains */
  VG_LIBVIRT_WORKER_LOOK,    /* scan all domains for requests and snapshots */
  VG_LIBVIRT_WORKER_REQUEST, /* check a domain for a request */
  VG_LIBVIRT_WORKER_POLICY,  /* check a domain's policy */
  VG_LIBVIRT_WORKER_NOTICE,  /* check a domain for new snapshots */
} VgLibvirtWorkerTask;

/* Called by the main loop when a task has finished. ok: FALSE if it must be
 * retried. taken: the spool has new orders. */
typedef void (*VgLibvirtWorkerDone) (VgLibvirtWorkerTask task, gboolean ok,
                                     gboolean taken, gpointer data);

typedef struct _VgLibvirtWorker VgLibvirtWorker;

/* All arguments are borrowed. NULL with G_THREAD_ERROR if there can be no
 * thread. */
VgLibvirtWorker *vg_libvirt_worker_new (const VgConfig *config, VgHost *host,
                                        VgWatch *watch,
                                        VgLibvirtWorkerDone done, gpointer data,
                                        GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* uuid: the domain, if the task concerns a single one (NOTICE: or its name);
 * else NULL. */
void vg_libvirt_worker_do (VgLibvirtWorker *worker, VgLibvirtWorkerTask task,
                           const char *uuid);

/* Waits for the running task, and drops the others. */
void vg_libvirt_worker_free (VgLibvirtWorker *worker);
