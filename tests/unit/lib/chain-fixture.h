/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of backing chains share: one of three layers, and what QEMU is
 * told of it. */
#pragma once

#include <gio/gio.h>

#include "lib/qemu.h"
#include "lib/workdir.h"
#include "util/source.h"

/* Layers of 4 MiB, made at easy names and moved to what the test wants: base
 * is raw, mid and top are qcow2. flat is what they are together. */
typedef struct {
  Workdir *dir;
  char *base, *mid, *top, *flat;
} ChainFixture;

/* Adds a test with that fixture; without QEMU's tools, dir is NULL. */
void chain_fixture_add (const char *path,
                        void (*test) (ChainFixture *, gconstpointer));

#define chain_create(...)                                                      \
  g_free (qemu_run ("qemu-img", "create", "-q", __VA_ARGS__, NULL))

/* The description of a source, or of a file. Free with g_free(). */
char *chain_describe (const VgSource *source);
char *chain_describe_file (const char *path, const char *format);

/* That QEMU reads the same bytes by that description. */
void chain_assert_same (const char *description, const char *raw);
