/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An unwanted answer as one sentence that people can act on. */
#pragma once

#include <glib.h>

#include "inventory/error.h"
#include "glance/http.h"

/* The error for answer: "can't ACTION: WHO answered HTTP 413 (Request Entity
 * Too Large): the server's words (request req-…); what to do". who is
 * "Glance" or "Keystone". Never NULL; what the server says is cleaned, cut,
 * and without markup and our secrets (NULL-ended; NULL: none), for it may
 * echo what it was sent. */
GError *vg_fault_new (const char *who, const char *action,
                      const VgHttpAnswer *answer, const char *const *secrets);

/* What the server's body says, on one line: a JSON message, or the text of an
 * HTML page; NULL if nothing. Free with g_free(). */
char *vg_fault_words (const VgHttpAnswer *answer);
