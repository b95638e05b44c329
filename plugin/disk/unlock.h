/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys for a qemu-nbd(8) that decrypts a disk. They come from libvirt and stay
 * in memory: never in a file, a command line or a message. */
#pragma once

#include <gio/gio.h>

#include "host/guest.h"
#include "util/json.h"
#include "util/source.h"

/* Changes a chain (of vg_chain_describe()) so that QEMU decrypts its layers
 * that are encrypted according to source. Returns their keys, possibly none,
 * for vg_unlock_pass(). NULL if libvirt doesn't provide one:
 * VG_DISK_ERROR_UNSUPPORTED or VG_HOST_ERROR. Free with g_ptr_array_unref(),
 * which overwrites them. */
GPtrArray *vg_unlock_chain (VgJson *chain, const VgSource *source,
                            VgGuest *guest, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Like vg_unlock_chain(), for a file to encrypt with that layer's key: "key0".
 */
GPtrArray *vg_unlock_layer (const VgSource *layer, VgGuest *guest,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Adds the objects that the chain refers to to a command line (of char *, owned
 * by it), and the files that they read to launcher: descriptors from first on,
 * which the child has as files in folder: "/dev/fd". */
gboolean vg_unlock_pass (GPtrArray *keys, GSubprocessLauncher *launcher,
                         guint first, const char *folder, GPtrArray *argv,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same disk with its ciphertext as content: the file or device of the
 * chain's top layer. A new reference; NULL with VG_DISK_ERROR_UNSUPPORTED if
 * there is another layer below it. */
VgJson *vg_unlock_ciphertext (VgJson *chain, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
