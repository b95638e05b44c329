/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ceph's RBD, through the module "ceph". It is loaded only when needed, because
 * Ceph's libraries are large, and hosts without Ceph don't have them. */
#pragma once

#include "disk/rbd/clone.h"
#include "disk/rbd/cluster.h"
#include "disk/rbd/snap.h"
#include "disk/rbd/stream.h"
#include "disk/rbd/swap.h"
#include "disk/rbd/write.h"

#define VG_RBD_MODULE "ceph"
#define VG_RBD_SYMBOL "vg_rbd"

/* The functions of the headers above; call them through this table. */
typedef struct {
  __typeof__ (vg_cluster_connect) *connect;
  __typeof__ (vg_rbd_snap_create) *snap_create;
  __typeof__ (vg_rbd_snap_exists) *snap_exists;
  __typeof__ (vg_rbd_snap_list) *snap_list;
  __typeof__ (vg_rbd_snap_protect) *snap_protect;
  __typeof__ (vg_rbd_snap_unprotect) *snap_unprotect;
  __typeof__ (vg_rbd_snap_remove) *snap_remove;
  __typeof__ (vg_rbd_read_info) *read_info;
  __typeof__ (vg_rbd_get_clone_format) *get_clone_format;
  __typeof__ (vg_rbd_clone) *clone;
  __typeof__ (vg_rbd_flatten) *flatten;
  __typeof__ (vg_rbd_restore_maps) *restore_maps;
  __typeof__ (vg_rbd_remove) *remove;
  __typeof__ (vg_rbd_has_children) *has_children;
  __typeof__ (vg_rbd_disk_open) *disk_open;
  __typeof__ (vg_rbd_swap_do) *swap_do;
  __typeof__ (vg_rbd_swap_undo) *swap_undo;
  __typeof__ (vg_rbd_swap_is_done) *swap_is_done;
  __typeof__ (vg_rbd_swap_remove_made) *swap_remove_made;
  __typeof__ (vg_rbd_check_unused) *check_unused;
  __typeof__ (vg_rbd_list_beginning) *list_beginning;
  __typeof__ (vg_rbd_writer_new) *writer_new;
  __typeof__ (vg_rbd_writer_write) *writer_write;
  __typeof__ (vg_rbd_writer_restart) *writer_restart;
  __typeof__ (vg_rbd_writer_finish) *writer_finish;
  __typeof__ (vg_rbd_writer_free) *writer_free;
} VgRbd;

/* Whether Ceph refuses a clone because of missing rights, a missing pool or
 * image, or an unsupported feature: then reading may still work. */
gboolean vg_rbd_is_refusal (const GError *error);

/* Loads the module; callable from any thread, and repeatedly.
 * VG_DISK_ERROR_UNSUPPORTED if it or its libraries are not installed. */
const VgRbd *vg_rbd_load (GError **error) G_GNUC_WARN_UNUSED_RESULT;
