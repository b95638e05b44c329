/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of disk/rbd share: a fake cluster with users, pools and a
 * connection to it. */
#pragma once

#include "disk/rbd.h"
#include "lib/fake-rbd-make.h"

#define RBD_HOST "ceph-a"
#define RBD_FSID "0a1b2c3d-1111-4222-8333-444455556666"
#define RBD_KEY "AQBsbm92YSBpcyBoZXJlAAAAAAAAAAAAAAA="

/* The guest's image, and a clone of it. */
#define RBD_IMAGE "vms/disk"
#define RBD_CLONE "images/clone"
#define RBD_SNAPSHOT "now"

#define RBD_MIB ((guint64) 1 << 20)

/* Small, so that images have many. */
#define RBD_ORDER 16
#define RBD_OBJECT ((guint64) 1 << RBD_ORDER)

/* The features that Ceph gives to images by itself; and others without object
 * map. */
#define RBD_ALL 61
#define RBD_PLAIN 1
#define RBD_LOCKED 5

typedef struct {
  VgCluster *cluster; /* as client.nova */
} RbdFixture;

/* Users "nova" (all pools), "reader" (reads all), "stranger" (no pool), with
 * RBD_KEY each; pools "vms", "images", "closed". */
void rbd_fixture_set_up (RbdFixture *fix, gconstpointer data);
void rbd_fixture_tear_down (RbdFixture *fix, gconstpointer data);

/* Adds a test with that fixture. */
void rbd_fixture_add (const char *path, gconstpointer data,
                      void (*test) (RbdFixture *, gconstpointer));

/* Another connection. Free with vg_cluster_free(). */
VgCluster *rbd_fixture_connect (const char *user);

/* RBD_IMAGE, of that size and features, and RBD_SNAPSHOT of it. */
void rbd_fixture_make_image (guint64 size, guint64 features);
void rbd_fixture_take (const RbdFixture *fix);

/* RBD_CLONE of it. */
void rbd_fixture_clone (const RbdFixture *fix, guint format);

/* RBD_IMAGE with data here and there, of RBD_DATA_SIZE bytes, and a clone of it
 * of that format. */
#define RBD_DATA_SIZE (RBD_MIB - 100)
void rbd_fixture_make_clone (const RbdFixture *fix, guint format);

/* The image, or its snapshot, has the bytes that RBD_IMAGE has. */
void rbd_assert_same (const char *image, const char *snapshot);

/* Whether RBD_IMAGE has clones. */
void rbd_assert_children (const RbdFixture *fix, gboolean expected);

/* The error is of that code, and its message has these words; clears it. */
void rbd_assert_error (GError **error, VgDiskError code, const char *words);

/* What the fake's cluster holds: fake_rbd_describe(). */
void rbd_assert_state (const char *expected);

/* What must succeed, with error as its last argument. */
#define RBD_OK(call)                                                           \
  G_STMT_START                                                                 \
  {                                                                            \
    gboolean is_ok = (call);                                                   \
                                                                               \
    g_assert_no_error (error);                                                 \
    g_assert_true (is_ok);                                                     \
  }                                                                            \
  G_STMT_END
