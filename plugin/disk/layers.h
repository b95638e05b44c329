/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The layers of a chain that vg_chain_describe() has made, and the layer that a
 * header names. */
#pragma once

#include <gio/gio.h>

#include "disk/confine.h"
#include "util/json.h"
#include "util/source.h"

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

/* Sets *named to the backing file that a layer's header names, or to NULL if it
 * names none. header: what "qemu-img info --output=json" tells of the layer,
 * whose file is path; a guest may have written it. Refuses a file whose format
 * is not told or may refer to other files (VG_DISK_ERROR_OPEN, _UNSUPPORTED).
 * Free *named with vg_source_free(). */
gboolean vg_chain_find_named (VgJson *header, const char *path,
                              VgSource **named, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
