/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options by which a user says what is wanted of an image: those of the
 * table (request/options.h) that a command has. */
#pragma once

#include "request/options.h"

typedef struct _VgCommandOptions VgCommandOptions;

/* place: the command. Free with vg_command_options_free(). */
VgCommandOptions *vg_command_options_new (VgRequestPlace place);
void vg_command_options_free (VgCommandOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCommandOptions, vg_command_options_free)

/* A table for GLib, ended by an entry without a name, which parses into
 * options and lives as long. */
const GOptionEntry *vg_command_options_get_entries (
    const VgCommandOptions *options);

/* The request that the parsed options are, of that domain (never NULL), for an
 * image of that name (or NULL). Where options exclude each other, what config
 * says counts, too. NULL with VG_REQUEST_ERROR_INVALID. */
VgRequest *vg_command_options_to_request (const VgCommandOptions *options,
                                          const VgConfig *config,
                                          const char *domain, const char *name,
                                          GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
