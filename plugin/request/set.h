/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets options of a request, by the words that are known at a place. All values
 * are checked here, wherever they come from.
 *
 * A value that is not allowed is VG_REQUEST_ERROR_INVALID. A word that is not
 * known at that place, and a value that can't be read as the option's kind, are
 * VG_REQUEST_ERROR_SYNTAX; on the command line INVALID, too. The message tells
 * what is allowed. After an error the request may be set in part.
 */
#pragma once

#include "request/options.h"

/* A request with the fallbacks of that place. */
VgRequest *vg_request_new_at (VgRequestPlace place);

/* Sets the option with that word ("limit_rate"; on the command line
 * "limit-rate"). On the command line a flag needs no value (NULL), and each
 * call adds one value to a list. Elsewhere a flag's value is yes or no, and a
 * list is set as a whole: value has all its values, separated by white space
 * and commas. One with such characters is put into single or double quotes, or
 * the part after its first "=" is. */
gboolean vg_request_set (VgRequest *request, VgRequestPlace place,
                         const char *word, const char *value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Adds a value, taken as it is, to the list that has child elements of that
 * name ("tag"). */
gboolean vg_request_add (VgRequest *request, VgRequestPlace place,
                         const char *child, const char *value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Sets a text or a choice, or adds a value to a list, whatever the place. label
 * names the option in messages. */
gboolean vg_request_put (VgRequest *request, const VgRequestOption *option,
                         const char *label, const char *value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
