/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What both kinds of restore of a domain print. */
#pragma once

#include "restore/fetch.h"
#include "util/json.h"

/* A disk (target: "vda") that gets an image, by fetch, as a file at path of
 * that format, QEMU's name. A new reference. */
VgJson *vg_restored_disk_to_json (const char *target, const VgFetch *fetch,
                                  const char *path, const char *format);
