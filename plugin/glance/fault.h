/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Turns a failed answer into an error message for users. */
#pragma once

#include <glib.h>

#include "inventory/error.h"
#include "glance/http.h"

/* The error for answer: "can't ACTION: WHO answered HTTP 413 (Request Entity
 * Too Large): the server's text (request req-…); advice". who is "Glance" or
 * "Keystone". Never NULL. The server's text is cleaned, shortened, and stripped
 * of markup and of secrets (NULL-terminated, or NULL), because a server may
 * echo a request. */
GError *vg_fault_new (const char *who, const char *action,
                      const VgHttpAnswer *answer, const char *const *secrets);

/* The text of the server's body, on one line: a JSON message, or the text of an
 * HTML page; cleaned likewise; NULL if empty. Free with g_free(). */
char *vg_fault_words (const VgHttpAnswer *answer, const char *const *secrets);
