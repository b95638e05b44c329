/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys for a qemu-nbd(8) that decrypts a disk. They come from libvirt and go
 * through memory alone: no file, no command line, no message has one. */
#pragma once

#include <gio/gio.h>

#include "host/guest.h"
#include "util/json.h"
#include "util/source.h"

/* Changes a chain (of vg_chain_describe()) so that QEMU decrypts those layers
 * of it that source says are encrypted. Returns their keys, none maybe, for
 * vg_unlock_pass(). NULL where libvirt doesn't hand one out:
 * VG_DISK_ERROR_UNSUPPORTED or VG_HOST_ERROR. Free with g_ptr_array_unref(),
 * which overwrites them. */
GPtrArray *vg_unlock_chain (VgJson *chain, const VgSource *source,
                            VgGuest *guest, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The same of a file that is to be encrypted with that layer's key: "key0". */
GPtrArray *vg_unlock_layer (const VgSource *layer, VgGuest *guest,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Adds to a command line (of char *, owned by it) the objects that the chain
 * names, and to launcher what they read: file descriptors from 3 on. */
gboolean vg_unlock_pass (GPtrArray *keys, GSubprocessLauncher *launcher,
                         GPtrArray *argv, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The same disk with its ciphertext for its bytes: the file or device of the
 * chain's top layer. A new reference; NULL with VG_DISK_ERROR_UNSUPPORTED where
 * there is another layer below it. */
VgJson *vg_unlock_ciphertext (VgJson *chain, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
