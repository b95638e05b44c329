/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks that are generated while they are read, for tests of images. */
#pragma once

#include <glib.h>

#include "util/body.h"
#include "util/map.h"

#define MIB ((guint64) 1 << 20)
#define C VG_MAP_BLOCK_SIZE

/* The contents of a block of a generated disk. */
typedef enum {
  ZEROES,
  NOISE,
  TEXT,
  BYTE,
  MIXTURE,
  HALVES,  /* text, then noise */
  TAIL,    /* zeroes, then an eighth of noise */
  ISLANDS, /* zeroes, with a block of noise in eight, at random */
} Kind;

/* A generated disk; the map's blocks are data. */
typedef struct {
  VgBody body;
  const VgMap *map;
  Kind kind;
  guint32 seed;
  guint64 position;   /* of data, bytes */
  guint64 fail_at;    /* position of a read error, bytes */
  const VgMap *blank; /* blocks that are zero whatever the kind; NULL: none */
  const VgMap *noise; /* the same: that are noise */
} Made;

/* map: borrowed. The body frees it. */
Made *made_new (const VgMap *map, Kind kind, guint32 seed);

/* What a block of the disk holds. */
Kind made_kind_of (const Made *made, guint64 block);

/* Writes the disk as a raw file, without the code under test. */
void made_write_raw (const Made *made, const char *path);

/* A map of a disk of size bytes, all of it data. */
VgMap *made_full_map (guint64 size);

/* Reads the whole body in pieces of odd lengths. path, checksum: may be
 * NULL. */
void made_drain (VgBody *body, const char *path, GChecksum *checksum);
