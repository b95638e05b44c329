/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets options of a request by their names at a place. All values are checked
 * here, whatever their source.
 *
 * A value that is not allowed is VG_REQUEST_ERROR_INVALID. A name that is
 * unknown at that place, and a value of the wrong kind, are
 * VG_REQUEST_ERROR_SYNTAX; on the command line INVALID, too. The message says
 * what is allowed. After an error the request may be partly set.
 */
#pragma once

#include "request/options.h"

/* A request with the default values of that place. */
VgRequest *vg_request_new_at (VgRequestPlace place);

/* Sets the option with that name ("limit_rate"; on the command line
 * "limit-rate"). On the command line a flag needs no value (NULL), and each
 * call adds one value to a list. Elsewhere a flag's value is yes or no, and
 * value contains a whole list, separated by white space and commas. Values with
 * such characters need single or double quotes, around the value or the part
 * after its first "=". */
gboolean vg_request_set (VgRequest *request, VgRequestPlace place,
                         const char *word, const char *value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Adds a value verbatim to the list with child elements of that name ("tag").
 */
gboolean vg_request_add (VgRequest *request, VgRequestPlace place,
                         const char *child, const char *value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Sets a text or a choice, or adds a value to a list, at any place. label names
 * the option in messages. */
gboolean vg_request_put (VgRequest *request, const VgRequestOption *option,
                         const char *label, const char *value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
