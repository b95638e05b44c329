/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The spool: orders that wait, kept over a crash and a reboot until they are
 * done.
 *
 * One JSON file an order, STATE_PATH/spool/ID.json, written whole, atomically
 * and flushed; ids sort by time. Who adds an order needs nothing of the agent,
 * and no lock. In STATE_PATH/spool/pending are orders that the domain's
 * metadata ask for, too: first the order is written there, then the metadata
 * are removed, then it is confirmed; so a crash between two of these loses
 * nothing, and whoever comes then can tell that the metadata are no second
 * request. What is no order is moved to STATE_PATH/spool/bad; an order that a
 * newer virt-glance wrote stays where it is.
 */
#pragma once

#include "request/order.h"

/* STATE_PATH/spool, to be watched. Free with g_free(). */
char *vg_spool_get_folder (const char *state_path);

/* Makes the folders (0700) where they are missing. GFileError. */
gboolean vg_spool_prepare (const char *state_path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Puts order in and sets its id, unless it has one: so one that is put in again
 * is there but once. GFileError; nothing is in the spool then. */
gboolean vg_spool_add (const char *state_path, VgOrder *order, gboolean pending,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes a pending order an ordinary one. GFileError. */
gboolean vg_spool_confirm (const char *state_path, const VgOrder *order,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All orders (pending: those that are) in the order of their ids. What can't
 * be read as one is moved aside, with a warning; one of a newer virt-glance is
 * left, with a warning; what a dead writer left is deleted. Free with
 * g_ptr_array_unref(). */
GPtrArray *vg_spool_list (const char *state_path, gboolean pending);

/* The same of those that aren't pending, for who only looks: nothing is moved,
 * deleted or warned of. */
GPtrArray *vg_spool_look (const char *state_path);

/* Whether the order is in the spool (still), and not pending. */
gboolean vg_spool_has (const char *state_path, const VgOrder *order);

/* Takes a finished order out, for good. One that isn't there is success.
 * GFileError. */
gboolean vg_spool_remove (const char *state_path, const VgOrder *order,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
