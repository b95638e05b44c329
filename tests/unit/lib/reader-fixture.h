/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of NBD exports share: a raw disk, served by a real qemu-nbd,
 * and readers that compare what comes with it. */
#pragma once

#include "disk/disk.h"
#include "disk/nbd.h"
#include "lib/qemu.h"
#include "lib/workdir.h"

#define READER_MIB ((guint64) 1 << 20)
/* Of the fixture's disk: more than all slots of the reader, and no multiple of
 * a block. */
#define READER_SIZE (40 * READER_MIB + 5 * 512)

/* Options of a qemu-nbd that takes several clients. */
extern const char *const reader_shared[];

/* A raw disk with data here and there, and its server. */
typedef struct {
  Workdir *dir;
  char *image, *socket;
  VgMap *map;  /* what is in the image */
  char *bytes; /* the image's */
  QemuServer *server;
} ReaderFixture;

/* Adds a test with that fixture; without QEMU's tools, dir is NULL. */
void reader_fixture_add (const char *path,
                         void (*test) (ReaderFixture *, gconstpointer));

/* A map with that share of its blocks as data. Free with vg_map_free(). */
VgMap *reader_random_map (guint64 size, guint32 seed, double share);

/* Opens an export, which must succeed. Free with vg_body_free(). */
VgBody *reader_open (const char *socket, const VgMap *map,
                     GCancellable *cancellable);

/* Where on the disk somebody is who reads the blocks of a map. */
typedef struct {
  guint64 offset, end; /* the rest of a run */
} ReaderPlace;

/* Pulls up to limit bytes from place on, in reads of any size, and compares
 * them with the image's. Returns how many came. */
guint64 reader_pull (const ReaderFixture *fix, VgBody *body, const VgMap *map,
                     ReaderPlace *place, guint64 limit, GError **error);

/* The same without an error: at least limit bytes, or all. */
void reader_pull_some (const ReaderFixture *fix, VgBody *body, const VgMap *map,
                       ReaderPlace *place, guint64 limit);
void reader_pull_all (const ReaderFixture *fix, VgBody *body, const VgMap *map);
