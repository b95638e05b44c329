/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether somebody else has a shut-off disk open to write: another domain, or
 * a qemu-nbd. */
#pragma once

#include <gio/gio.h>

#include "util/json.h"

/* Whether nobody has a layer of the chain (of vg_chain_describe()) open to
 * write, as far as QEMU's image locks tell. None is taken, so whoever wants to
 * open the disk can. FALSE: VG_DISK_ERROR_OPEN, which names the file. */
gboolean vg_image_lock_check (VgJson *chain, GError **error);

/* The same, after up to 2 s: a hypervisor may be on its way out.
 * G_IO_ERROR_CANCELLED, too. */
gboolean vg_image_lock_await_none (VgJson *chain, GCancellable *cancellable,
                                   GError **error);
