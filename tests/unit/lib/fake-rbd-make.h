/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake of Ceph, as tests see it: making clusters, users, pools and images
 * below $VG_FAKE_CEPH, behind librbd's back, and looking at them. An image is
 * named "POOL/IMAGE" or "POOL/NAMESPACE/IMAGE". What can't be done ends the
 * program. */
#pragma once

#include <glib.h>

/* A cluster is named like the host that its monitor runs on. */
void fake_rbd_new_cluster (const char *cluster, const char *fsid);

/* caps: "vms=rw images=r", or "*=rw" for all pools. */
void fake_rbd_new_user (const char *cluster, const char *user, const char *key,
                        const char *caps);
void fake_rbd_new_pool (const char *cluster, const char *pool);

/* The number of the oldest release that clients must be of: 13 is Mimic. */
void fake_rbd_require_client (const char *cluster, guint release);

/* An image of objects of 1 << order bytes, without data. */
void fake_rbd_new_image (const char *cluster, const char *image, guint64 size,
                         guint order, guint64 features);

/* Bytes that all are the same; 0 is discarded. */
void fake_rbd_fill (const char *cluster, const char *image, guint64 offset,
                    guint64 length, guint8 byte);
void fake_rbd_resize (const char *cluster, const char *image, guint64 size);

/* Puts data there, from a file, and sets the size; the image exists. */
void fake_rbd_import (const char *cluster, const char *image, const char *path);

/* All bytes of the image, or of its snapshot (NULL: none). *length may be
 * NULL. Free with g_free(). */
guint8 *fake_rbd_export (const char *cluster, const char *image,
                         const char *snapshot, gsize *length);

/* What "rbd trash mv" does. */
void fake_rbd_move_to_trash (const char *cluster, const char *image);

/* Holds it open for writing, like a guest; and lets it go. */
int fake_rbd_watch (const char *cluster, const char *image);
void fake_rbd_unwatch (int watch);

/* What all pools hold, sorted, a line each: "POOL/IMAGE SIZE" (with " < PARENT"
 * for a clone), "POOL/IMAGE@SNAPSHOT SIZE" (with " protected"; a snapshot in
 * the trash is "@trash:NAME"), "POOL/IMAGE partial", "POOL/IMAGE left" (a name
 * that a rename left). Free with g_free(). */
char *fake_rbd_describe (const char *cluster);

/* See fake-rbd-fault.c; NULL: none. */
void fake_rbd_faults (const char *text);

/* From now on this process meets none, and its calls are not logged. */
void fake_rbd_ignore_faults (void);

/* How often this was written to the log: a function and maybe its argument. */
guint fake_rbd_count (const char *line);
void fake_rbd_forget_log (void);
