/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deletes a directory whose content others may change meanwhile. */
#pragma once

#include <glib.h>

/* Deletes the directory with that name in the directory of the descriptor, and
 * all in it. Whatever else has the name is deleted itself, and a missing one is
 * success. Follows no symbolic link, and enters neither another mount nor a
 * directory that belongs to anybody but the named directory's owner and us.
 *
 * Deletes up to 10,000 names; what is left can be deleted by another call. If
 * names appear meanwhile, and we are root, it takes the directories away from
 * their owner. Any depth.
 *
 * FALSE with a GFileError, whose message is the reason alone; it has deleted
 * what could be deleted. */
gboolean vg_remove_tree (int parent, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
