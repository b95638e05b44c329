/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of rbd-ops share: an image in the cloud's Ceph cluster, made
 * and looked at by Ceph's and QEMU's own tools. */
#pragma once

#include <gio/gio.h>

#include "disk/rbd.h"

/* The cluster's configuration; and a folder. */
extern const char *ops_conf;
extern char *ops_work;

/* One shell command, which must succeed: what it printed, to be freed with
 * g_free(); or nothing; or that it printed this. */
char *ops_run (const char *format, ...);
#define OPS_RUN(...) g_free (ops_run (__VA_ARGS__))
void ops_assert_prints (const char *expected, const char *command);

/* What must succeed, with error as its last argument. */
#define OPS_OK(call)                                                           \
  G_STMT_START                                                                 \
  {                                                                            \
    gboolean is_ok = (call);                                                   \
                                                                               \
    g_assert_no_error (error);                                                 \
    g_assert_true (is_ok);                                                     \
  }                                                                            \
  G_STMT_END

/* As that user, by its keyring. Free with vg_cluster_free(). */
VgCluster *ops_connect_as (const char *user);

/* An image of its own, of size bytes, in an empty pool; gone at the end. */
typedef struct {
  VgCluster *cluster;
  const char *image;
} OpsFixture;

#define OPS_IMAGE "vms/vgtest-ops"
#define OPS_CLONE "images/vgtest-ops-clone"
#define OPS_SNAPSHOT "vgtest-snap"

/* Adds a test with that fixture. */
void ops_add (const char *path, const char *options,
              void (*test) (OpsFixture *, gconstpointer));

/* An image with no bytes yet; and QEMU's commands on it, such as
 * "write -P 1 0 1M". */
void ops_make_image (const char *size, const char *options);
void ops_change (const char *image, const char *commands);

/* OPS_SNAPSHOT of it, and whether it has such a snapshot. */
void ops_take (OpsFixture *fix);
void ops_assert_exists (OpsFixture *fix, const char *snapshot,
                        gboolean expected);

/* OPS_CLONE of that, in one of the two formats; and whether the image has
 * clones. */
void ops_make_clone (OpsFixture *fix, guint format);
void ops_assert_children (OpsFixture *fix, gboolean expected);

/* Add the tests of each part. */
void ops_add_connect (void);
void ops_add_snapshots (void);
void ops_add_clones (void);
void ops_add_streams (void);
