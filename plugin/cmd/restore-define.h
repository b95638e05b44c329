/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance restore --instance UUID --define */
#pragma once

#include "cmd/command-line.h"
#include "restore/define.h"

/* Its own options. Strings are owned. */
typedef struct {
  char *instance;
  char *name;
  char *directory;
  char *pool;
  gboolean define;
  gboolean trusted;
  gboolean skip_missing;
} VgDefineOptions;

void vg_define_options_clear (VgDefineOptions *options);

#define VG_DEFINE_ENTRIES 8 /* options, and the end of the table */

/* Writes the table of these options to entries. */
void vg_define_options_list (VgDefineOptions *options,
                             GOptionEntry entries[VG_DEFINE_ENTRIES]);

/* Whether any of them was given. */
gboolean vg_define_options_are_set (const VgDefineOptions *options);

typedef struct {
  const VgCommandLine *line;
  const VgDefineOptions *options;
  VgDefine wanted; /* image, type, before; the rest is of options */
  gboolean dry_run;
} VgRestoreDefine;

/* Does it, and prints what was done. Returns the exit status. */
int vg_restore_define_run (VgRestoreDefine *restore);
