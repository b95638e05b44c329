/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface of the module "online" to the program. */
#include "cmd/module.h"

#include "cmd/online.h"

/* clang-format off */
static const VgOnlineCommand commands[] = {
  { "snapshot", vg_cmd_snapshot },
  { "stores", vg_cmd_stores },
  { "images", vg_cmd_images },
  { "restore", vg_cmd_restore },
  { "check", vg_cmd_check },
  { "choose", vg_cmd_choose },
  { "recover", vg_cmd_recover },
  { "agent", vg_cmd_agent },
  { "backup", vg_cmd_backup },
  { "prune", vg_cmd_prune },
  { VG_CMD_THAW_NAME, vg_cmd_thaw },
  { NULL, NULL },
};
/* clang-format on */

/* The only exported symbol: VG_ONLINE_SYMBOL. */
extern const VgOnline vg_online;
const VgOnline vg_online = { commands, vg_cmd_inspect_domain };
