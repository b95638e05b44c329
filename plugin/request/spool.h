/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The spool: waiting orders, which survive a crash and a reboot until done.
 *
 * There is one JSON file for each order, STATE_PATH/spool/ID.json, written
 * atomically and flushed; ids sort by time. Adding an order needs neither the
 * agent nor a lock. Orders in STATE_PATH/spool/pending may still be in the
 * domain's metadata too: the order is written there, the metadata are
 * removed, then the order is confirmed. So a crash in between loses nothing,
 * and the next run can tell that the metadata are not a second request.
 * Invalid files are moved to STATE_PATH/spool/bad; orders of a newer
 * virt-glance stay in place.
 */
#pragma once

#include "request/order.h"

/* STATE_PATH/spool, to watch. Free with g_free(). */
char *vg_spool_get_folder (const char *state_path);

/* Creates missing directories (0700). GFileError. */
gboolean vg_spool_prepare (const char *state_path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Adds an order and sets its id, unless it has one: so adding an order twice
 * stores it once. GFileError; nothing is in the spool then. */
gboolean vg_spool_add (const char *state_path, VgOrder *order, gboolean pending,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writes the order's file anew. GFileError, G_FILE_ERROR_NOENT if it is not in
 * the spool any more: then it stays away. */
gboolean vg_spool_update (const char *state_path, const VgOrder *order,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Turns a pending order into an ordinary one. GFileError. */
gboolean vg_spool_confirm (const char *state_path, const VgOrder *order,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All orders (with pending, the pending ones), sorted by id; none if there is
 * no spool yet. Moves unreadable files aside, with a warning; leaves those of a
 * newer virt-glance, with a warning; deletes files abandoned by dead writers.
 * NULL with GFileError if the directory can't be read. Free with
 * g_ptr_array_unref(). */
GPtrArray *vg_spool_list (const char *state_path, gboolean pending,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Like vg_spool_list() for orders that aren't pending, but read-only: moves and
 * deletes nothing and does not warn. */
GPtrArray *vg_spool_look (const char *state_path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the order is still in the spool, and not pending; TRUE if that can't
 * be told. */
gboolean vg_spool_has (const char *state_path, const VgOrder *order);

/* Removes a finished order. Succeeds if it is missing. GFileError. */
gboolean vg_spool_remove (const char *state_path, const VgOrder *order,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
