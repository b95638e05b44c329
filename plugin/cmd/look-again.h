/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When to look again at a guest that another host or libvirt is busy with. */
#pragma once

#include <glib.h>

typedef struct {
  gint64 time_us;  /* when to look again, monotonic */
  gint64 since_us; /* since when it is busy, monotonic */
  gint64 pause_s;  /* the last one: they grow from 1 s to 30 s */
  char *domain;    /* its name */
} VgLookAgain;

/* UUID to VgLookAgain; owns both. Free with g_hash_table_unref(). */
GHashTable *vg_look_again_new (void);

/* Notes that the guest is busy; TRUE if it was not before. */
gboolean vg_look_again_note (GHashTable *looks, const char *uuid,
                             const char *domain);
