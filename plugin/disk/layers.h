/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The layers of a chain that vg_chain_describe() has made. */
#pragma once

#include <gio/gio.h>

#include "disk/confine.h"
#include "util/json.h"

/* The path of a chain's first layer, and the chain below it; NULL at the end.
 * Borrowed. */
const char *vg_chain_get_path (VgJson *chain);
VgJson *vg_chain_get_backing (VgJson *chain);

/* The paths of a chain's layers, borrowed from it. */
GPtrArray *vg_chain_list_files (VgJson *chain);

/* Sets *layer to the layer of a chain, which confine has, whose file is path;
 * or to NULL. Borrowed. FALSE if that file can't be looked at: the errors of
 * vg_disk_throw_look(). */
gboolean vg_chain_find (const VgConfine *confine, VgJson *chain,
                        const char *path, VgJson **layer,
                        GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
