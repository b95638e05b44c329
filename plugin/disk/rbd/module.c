/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface of the module "ceph". */
#include "disk/rbd.h"

/* The only exported symbol: VG_RBD_SYMBOL. */
extern const VgRbd vg_rbd;
const VgRbd vg_rbd = {
  .connect = vg_cluster_connect,
  .snap_create = vg_rbd_snap_create,
  .snap_exists = vg_rbd_snap_exists,
  .snap_list = vg_rbd_snap_list,
  .snap_protect = vg_rbd_snap_protect,
  .snap_unprotect = vg_rbd_snap_unprotect,
  .snap_remove = vg_rbd_snap_remove,
  .read_info = vg_rbd_read_info,
  .get_clone_format = vg_rbd_get_clone_format,
  .clone = vg_rbd_clone,
  .flatten = vg_rbd_flatten,
  .restore_maps = vg_rbd_restore_maps,
  .remove = vg_rbd_remove,
  .has_children = vg_rbd_has_children,
  .disk_open = vg_rbd_disk_open,
  .swap_do = vg_rbd_swap_do,
  .swap_undo = vg_rbd_swap_undo,
  .swap_is_done = vg_rbd_swap_is_done,
  .swap_remove_made = vg_rbd_swap_remove_made,
  .check_unused = vg_rbd_check_unused,
  .list_beginning = vg_rbd_list_beginning,
  .writer_new = vg_rbd_writer_new,
  .writer_write = vg_rbd_writer_write,
  .writer_restart = vg_rbd_writer_restart,
  .writer_finish = vg_rbd_writer_finish,
  .writer_free = vg_rbd_writer_free,
};
