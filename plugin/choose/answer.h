/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answer to a proxy, and its form in HTTP. */
#pragma once

#include <gio/gio.h>

#include "choose/ask.h"

/* What became of a question; each is counted. */
typedef enum {
  VG_OUTCOME_STORE,   /* a store was chosen */
  VG_OUTCOME_DEFAULT, /* by the rules it is Glance's default */
  VG_OUTCOME_CLIENT,  /* the client named one */
  VG_OUTCOME_OTHER,   /* no upload, or of no concern to us */
  VG_OUTCOME_REFUSED, /* a store that was named is not there */
  VG_OUTCOME_FAILED,  /* Glance refused, or did not answer as it should */
  VG_OUTCOME_LATE,    /* Glance took too long */
  VG_OUTCOME_BUSY,    /* too many questions at once */
  VG_OUTCOME_N,
} VgOutcome;

/* "store", "default" … for counters and logs. */
const char *vg_outcome_to_string (VgOutcome outcome);

/* Whether the upload goes to Glance's default store because something is
 * wrong. */
gboolean vg_outcome_is_trouble (VgOutcome outcome);

typedef struct {
  VgOutcome outcome;
  char *store;   /* X-Image-Meta-Store to set, or NULL */
  char *message; /* why it is refused, or what is wrong; or NULL */
} VgAnswer;

/* Takes ownership of message. */
VgAnswer *vg_answer_new (VgOutcome outcome, const char *store, char *message);
void vg_answer_free (VgAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgAnswer, vg_answer_free)

/* Answers in a worker thread, several at once; stops early if cancelled. Never
 * NULL. */
typedef VgAnswer *(*VgAnswerFunc) (const VgAsk *ask, GCancellable *cancellable,
                                   gpointer data);

/* Whether text can be the value of a header: visible ASCII and spaces. */
gboolean vg_answer_is_header (const char *text);

/* A refusal's body, as Glance writes it for a client that wants JSON, or not;
 * *type is its content type. Free with g_free(). */
char *vg_answer_make_body (const char *message, gboolean json,
                           const char **type);
