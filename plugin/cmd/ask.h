/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options by which a user says what snapshot is wanted: those of snapshot
 * and inspect alike. */
#pragma once

#include <glib.h>

#include "request/request.h"
#include "util/config.h"

typedef struct {
  char *store;
  char *format;
  char *compress;
  char *quiesce;
  char *encrypted;
  char **mountpoints;
  char **disks;
  char *owner;
  char *visibility;
  char **properties;
  char **tags;
  gboolean all_disks;
  gboolean protect;
} VgAsk;

void vg_ask_clear (VgAsk *ask);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VgAsk, vg_ask_clear)

/* A NULL-ended table of the options, to be parsed into ask. Free with
 * g_free(). */
GOptionEntry *vg_ask_get_options (VgAsk *ask);

/* The request for domain (never NULL) and the image's name (or NULL), with
 * what the options leave open from config. NULL with VG_REQUEST_ERROR. */
VgRequest *vg_ask_to_request (const VgAsk *ask, const VgConfig *config,
                              const char *domain, const char *name,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets how fast config lets uploads be to what --limit-rate says (or NULL). An
 * exit status; what was wrong has been printed. */
int vg_ask_set_rate (const char *limit, VgConfig *config);
