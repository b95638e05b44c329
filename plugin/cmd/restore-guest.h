/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance restore DOMAIN, and --discard-old. */
#pragma once

#include "cmd/command-line.h"
#include "restore/guest.h"

typedef struct {
  const VgCommandLine *line;
  VgGuestRestore wanted;
  gboolean discard_old; /* the other thing that it does */
  gboolean dry_run;
} VgRestoreGuest;

/* Does it, and prints what was done. Returns the exit status. */
int vg_restore_guest_run (const VgRestoreGuest *restore);
