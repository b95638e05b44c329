/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the child process of vg_probe_file() does. */
#pragma once

#include "util/probe.h"

/* Fills probe, zeroed, in this process, which becomes the user for good if
 * user->change says so. Blocks as long as the file system does. */
void vg_probe_look (const char *path, const VgProbeUser *user, VgProbe *probe);
