/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread for what blocks besides the orders themselves: keeping the
 * connection, taking requests, recovering. One thing after the other. */
#pragma once

#include "host/watch.h"
#include "util/config.h"

typedef enum {
  VG_CLERK_RECOVER, /* undo what jobs left that died */
  VG_CLERK_CONNECT, /* see to it that events come; then look at all domains, if
                       some may have been missed */
  VG_CLERK_LOOK,    /* at all domains' requests and snapshots */
  VG_CLERK_REQUEST, /* at one domain's request */
  VG_CLERK_POLICY,  /* at one domain's policy */
  VG_CLERK_NOTICE,  /* at one domain's snapshots */
} VgClerkTask;

/* Called by the main loop when a task is over. ok: FALSE where it is to be
 * tried again later. taken: something new is in the spool. */
typedef void (*VgClerkDone) (VgClerkTask task, gboolean ok, gboolean taken,
                             gpointer data);

typedef struct _VgClerk VgClerk;

/* All is borrowed. */
VgClerk *vg_clerk_new (const VgConfig *config, VgHost *host, VgWatch *watch,
                       VgClerkDone done, gpointer data);

/* uuid: of the domain (to notice: or its name), where the task is about one;
 * else NULL. */
void vg_clerk_do (VgClerk *clerk, VgClerkTask task, const char *uuid);

/* Waits for the task that is under way, and drops the others. */
void vg_clerk_free (VgClerk *clerk);
