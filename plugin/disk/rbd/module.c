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
};
