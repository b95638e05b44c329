/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Made-up disk contents for tests: every place of a disk has its own bytes. */
#pragma once

#include <glib.h>

#include "util/body.h"
#include "util/map.h"

/* What a disk of that seed has in its data blocks. */
typedef struct {
  guint64 seed;
  guint every; /* only one block of so many is not all zeroes; 1: all are */
} Pattern;

/* Fills buf with the n bytes from offset on. */
void pattern_fill (const Pattern *pattern, guint64 offset, void *buf, gsize n);

/* The data blocks of map, as a disk would give them, in reads of random
 * length. */
typedef struct {
  VgBody body;
  const VgMap *map;
  Pattern pattern;
  GRand *lengths;
  guint64 available;    /* it ends after so many bytes; body.length at first */
  guint64 fail_at;      /* G_IO_ERROR_FAILED after so many; none at first */
  gboolean no_rewind;   /* rewind fails with G_IO_ERROR_FAILED */
  gboolean *freed;      /* set to TRUE by free, or NULL */
  const void *last_buf; /* what the last read was given */
  guint64 done, position; /* bytes given; where on the disk that is */
} PatternBody;

PatternBody *pattern_body_new (const VgMap *map, const Pattern *pattern);
