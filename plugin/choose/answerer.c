/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each thread takes a session for one question; there are as many as there were
 * threads at once, and their connections to Glance are kept. */
#include "choose/answerer.h"

#include "choose/decide.h"
#include "glance/caller.h"

/* How much longer a connection may be without data, in s: the whole answer's
 * bound is kept by cancellation. */
#define LONGER_S 3

struct _VgAnswerer {
  const VgConfig *config;
  guint timeout;                /* of a connection without data, s */
  VgFindUploadGuest find_guest; /* or NULL */
  gpointer find_data;
  GMutex lock;
  GQueue sessions; /* of VgGlance, idle; under the lock */
};

VgAnswerer *
vg_answerer_new (const VgConfig *config, guint timeout,
                 VgFindUploadGuest find_guest, gpointer find_data,
                 GError **error)
{
  VgGlance *first =
      vg_glance_new_for_callers (config, timeout + LONGER_S, error);
  VgAnswerer *answerer;

  if (first == NULL)
    return NULL;
  answerer = g_new0 (VgAnswerer, 1);
  answerer->config = config;
  answerer->timeout = timeout + LONGER_S;
  answerer->find_guest = find_guest;
  answerer->find_data = find_data;
  g_mutex_init (&answerer->lock);
  g_queue_push_tail (&answerer->sessions, first);
  return answerer;
}

void
vg_answerer_free (VgAnswerer *answerer)
{
  if (answerer == NULL)
    return;
  g_queue_clear_full (&answerer->sessions, (GDestroyNotify) vg_glance_free);
  g_mutex_clear (&answerer->lock);
  g_free (answerer);
}

static VgGlance *
take_session (VgAnswerer *answerer, GError **error)
{
  VgGlance *glance;

  g_mutex_lock (&answerer->lock);
  glance = g_queue_pop_head (&answerer->sessions);
  g_mutex_unlock (&answerer->lock);
  return glance != NULL ? glance
                        : vg_glance_new_for_callers (answerer->config,
                                                     answerer->timeout, error);
}

static void
return_session (VgAnswerer *answerer, VgGlance *glance)
{
  vg_glance_set_caller (glance, NULL);
  g_mutex_lock (&answerer->lock);
  g_queue_push_head (&answerer->sessions, glance);
  g_mutex_unlock (&answerer->lock);
}

static VgAnswer *
make_answer (const VgDecision *decision)
{
  if (decision->store == NULL)
    return vg_answer_new (decision->kind == VG_UPLOAD_OTHER
                              ? VG_OUTCOME_OTHER
                              : VG_OUTCOME_DEFAULT,
                          NULL, g_strdup (decision->reason));
  if (!vg_answer_is_header (decision->store))
    return vg_answer_new (VG_OUTCOME_FAILED, NULL,
                          g_strdup ("the store's name can't be sent in a "
                                    "header"));
  return vg_answer_new (VG_OUTCOME_STORE, decision->store,
                        g_strdup (decision->reason));
}

VgAnswer *
vg_answerer_answer (const VgAsk *ask, GCancellable *cancellable, gpointer data)
{
  VgAnswerer *answerer = data;
  VgUploadFacts facts = { .image = ask->image,
                          .base_ref = ask->base_ref,
                          .find_guest = answerer->find_guest,
                          .find_data = answerer->find_data };
  VgCaller caller = { ask->token, ask->service_token, ask->request_id };
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDecision) decision = NULL;
  VgGlance *glance = take_session (answerer, &error);

  if (glance != NULL) {
    vg_glance_set_caller (glance, &caller);
    decision =
        vg_decide (glance, answerer->config, &facts, cancellable, &error);
    return_session (answerer, glance);
  }
  if (decision != NULL)
    return make_answer (decision);
  return vg_answer_new (
      g_error_matches (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE)
          ? VG_OUTCOME_REFUSED
          : VG_OUTCOME_FAILED,
      NULL, g_strdup (error->message));
}
