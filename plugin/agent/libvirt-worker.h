/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread for what blocks besides the orders themselves: keeping the
 * connection, taking requests, recovering. One thing after the other. */
#pragma once

#include "host/watch.h"
#include "util/config.h"

typedef enum {
  VG_LIBVIRT_WORKER_RECOVER, /* undo what jobs left that died */
  VG_LIBVIRT_WORKER_CONNECT, /* see to it that events come; then look at all
                       domains, if some may have been missed */
  VG_LIBVIRT_WORKER_LOOK,    /* at all domains' requests and snapshots */
  VG_LIBVIRT_WORKER_REQUEST, /* at one domain's request */
  VG_LIBVIRT_WORKER_POLICY,  /* at one domain's policy */
  VG_LIBVIRT_WORKER_NOTICE,  /* at one domain's snapshots */
} VgLibvirtWorkerTask;

/* Called by the main loop when a task is over. ok: FALSE where it is to be
 * tried again later. taken: something new is in the spool. */
typedef void (*VgLibvirtWorkerDone) (VgLibvirtWorkerTask task, gboolean ok,
                                     gboolean taken, gpointer data);

typedef struct _VgClerk VgLibvirtWorker;

/* All is borrowed. */
VgLibvirtWorker *vg_libvirt_worker_new (const VgConfig *config, VgHost *host,
                                        VgWatch *watch,
                                        VgLibvirtWorkerDone done,
                                        gpointer data);

/* uuid: of the domain (to notice: or its name), where the task is about one;
 * else NULL. */
void vg_libvirt_worker_do (VgLibvirtWorker *clerk, VgLibvirtWorkerTask task,
                           const char *uuid);

/* Waits for the task that is under way, and drops the others. */
void vg_libvirt_worker_free (VgLibvirtWorker *clerk);
