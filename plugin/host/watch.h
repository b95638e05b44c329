/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events of all domains of a host, for long-running programs. */
#pragma once

#include "host/host.h"

/* Called by the main loop; they must not block. */
typedef struct {
  /* An element of a domain's metadata was set or removed. */
  void (*metadata) (const char *uuid, const char *uri, gpointer data);
  /* The connection is lost: no more events will arrive. */
  void (*lost) (gpointer data);
} VgWatchEvents;

typedef struct _VgWatch VgWatch;

/* Watches nothing yet. host and events are borrowed and must outlive it. */
VgWatch *vg_watch_new (VgHost *host, const VgWatchEvents *events,
                       gpointer data);
void vg_watch_free (VgWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgWatch, vg_watch_free)

/* Ensures that events arrive from now on; reconnects if needed, for some 10 s.
 * *renewed: events may have been missed, because none arrived before. Blocks;
 * for one thread at a time. */
gboolean vg_watch_ensure (VgWatch *watch, gboolean *renewed, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The UUIDs of all domains, running or not. Blocks. Free with g_strfreev(). */
char **vg_host_list_domains (VgHost *host, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
