/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers a proxy's questions, with the callers' tokens. */
#pragma once

#include "choose/answer.h"
#include "choose/guest.h"
#include "util/config.h"

typedef struct _VgAnswerer VgAnswerer;

/* config is borrowed and must outlive it. timeout is the number of seconds
 * within which its callers want an answer, which they cancel then. find_guest
 * finds the guests of which snapshots are; NULL: nothing is known of them. NULL
 * with VG_GLANCE_ERROR_CONFIG. */
VgAnswerer *vg_answerer_new (const VgConfig *config, guint timeout,
                             VgFindUploadGuest find_guest, gpointer find_data,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* To be called when nothing is asked any more. */
void vg_answerer_free (VgAnswerer *answerer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgAnswerer, vg_answerer_free)

/* A VgAnswerFunc; data is the answerer. */
VgAnswer *vg_answerer_answer (const VgAsk *ask, GCancellable *cancellable,
                              gpointer data);
