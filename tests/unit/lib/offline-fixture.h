/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of shut-off domains' disks share: the domain is libvirt's test
 * driver's. */
#pragma once

#include <libvirt/libvirt.h>

#include "disk/offline.h"
#include "lib/workdir.h"

/* Of the disk, in bytes. */
#define OFFLINE_SIZE ((guint64) 3 << 20)

/* A domain that is shut off, and the disk that shall be its. */
typedef struct {
  Workdir *dir;
  char *image, *socket;
  VgMap *map;
  VgSource *source;
  virConnectPtr connection;
  virDomainPtr domain;
  VgHost *host;
  VgGuest *guest;
} OfflineFixture;

/* Adds a test with that fixture; without QEMU's tools, dir is NULL. */
void offline_fixture_add (const char *path,
                          void (*test) (OfflineFixture *, gconstpointer));

/* Opens the disk, or fails; or must fail with that code, and text in the
 * message. */
VgDisk *offline_try (const OfflineFixture *fix, GCancellable *cancellable,
                     GError **error);
void offline_fail (const OfflineFixture *fix, int code, const char *text);

/* Reads all, and compares it with what the image was made from. */
void offline_read_all (VgDisk *disk, const OfflineFixture *fix);
