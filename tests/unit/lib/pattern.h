/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Generated disk contents for tests: the bytes differ by position. */
#pragma once

#include <glib.h>

#include "util/body.h"
#include "util/map.h"

/* The contents of the data blocks of a disk with that seed. */
typedef struct {
  guint64 seed;
  guint every; /* one in this many blocks is not all zeroes; 1: each block */
} Pattern;

/* Fills buf with n bytes of the disk from offset. */
void pattern_fill (const Pattern *pattern, guint64 offset, void *buf, gsize n);

/* The data blocks of map, as a disk provides them, in reads of random
 * length. */
typedef struct {
  VgBody body;
  const VgMap *map;
  Pattern pattern;
  GRand *lengths;
  guint64 available;      /* actual end in bytes; initially body.length */
  guint64 fail_at;        /* G_IO_ERROR_FAILED after that many bytes; initially
                             never */
  gboolean no_rewind;     /* rewind fails with G_IO_ERROR_FAILED */
  gboolean *freed;        /* set to TRUE by free, or NULL */
  const void *last_buf;   /* buffer of the last read */
  guint64 done, position; /* bytes read; the position on the disk */
} PatternBody;

PatternBody *pattern_body_new (const VgMap *map, const Pattern *pattern);
