/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Detects whether another process, such as another domain or a qemu-nbd, has a
 * shut-off disk open for writing. */
#pragma once

#include <gio/gio.h>

#include "util/json.h"

/* Checks by QEMU's image locks that no process has a layer of the chain (of
 * vg_chain_describe()) open for writing. Takes no lock, so others can open the
 * disk. FALSE: VG_DISK_ERROR_OPEN, which names the file; or the errors of
 * vg_disk_throw_look() if that can't be told. */
gboolean vg_image_lock_check (VgJson *chain, GCancellable *cancellable,
                              GError **error);

/* Like vg_image_lock_check(), but waits up to 2 s for a hypervisor to exit. */
gboolean vg_image_lock_await_none (VgJson *chain, GCancellable *cancellable,
                                   GError **error);
