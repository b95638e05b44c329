/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An agent without work would otherwise tell of a password that was changed
 * only when the first backup fails. */
#include "agent/credentials-watch.h"

#include "agent/log.h"
#include "glance/glance.h"

#define INTERVAL_US (15 * 60 * G_USEC_PER_SEC)

struct _VgCredentialsWatch {
  const VgConfig *config;
  GCancellable *cancellable;
  GMutex lock;
  GCond wake;
  gboolean stopping; /* with the lock */
  GThread *thread;   /* or NULL */
};

void
vg_credentials_check (const VgConfig *config, char **complaint,
                      GCancellable *cancellable)
{
  const VgLogFields about = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (VgGlance) glance = vg_glance_new (config, &error);

  if (glance != NULL && vg_glance_connect (glance, cancellable, &error)) {
    if (*complaint != NULL)
      vg_agent_log (&about, G_LOG_LEVEL_MESSAGE,
                    "the credentials for OpenStack work again");
    g_clear_pointer (complaint, g_free);
    return;
  }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || g_strcmp0 (*complaint, error->message) == 0)
    return;
  vg_agent_log (&about, G_LOG_LEVEL_WARNING,
                "no request can be carried out now: %s", error->message);
  g_free (*complaint);
  *complaint = g_strdup (error->message);
}

/* FALSE if it is to stop. */
static gboolean
await_next (VgCredentialsWatch *watch)
{
  gint64 end = g_get_monotonic_time () + INTERVAL_US;
  gboolean go_on;

  g_mutex_lock (&watch->lock);
  while (!watch->stopping
         && g_cond_wait_until (&watch->wake, &watch->lock, end))
    ;
  go_on = !watch->stopping;
  g_mutex_unlock (&watch->lock);
  return go_on;
}

static gpointer
check_on_and_on (gpointer data)
{
  VgCredentialsWatch *watch = data;
  g_autofree char *complaint = NULL;

  do
    vg_credentials_check (watch->config, &complaint, watch->cancellable);
  while (await_next (watch));
  return NULL;
}

VgCredentialsWatch *
vg_credentials_watch_new (const VgConfig *config)
{
  VgCredentialsWatch *watch = g_new0 (VgCredentialsWatch, 1);
  g_autoptr (GError) error = NULL;

  watch->config = config;
  watch->cancellable = g_cancellable_new ();
  g_mutex_init (&watch->lock);
  g_cond_init (&watch->wake);
  watch->thread =
      g_thread_try_new ("credentials", check_on_and_on, watch, &error);
  if (watch->thread == NULL)
    g_warning ("the credentials are not checked: %s", error->message);
  return watch;
}

void
vg_credentials_watch_free (VgCredentialsWatch *watch)
{
  if (watch == NULL)
    return;
  g_mutex_lock (&watch->lock);
  watch->stopping = TRUE;
  g_cond_signal (&watch->wake);
  g_mutex_unlock (&watch->lock);
  g_cancellable_cancel (watch->cancellable);
  if (watch->thread != NULL)
    g_thread_join (watch->thread);
  g_object_unref (watch->cancellable);
  g_cond_clear (&watch->wake);
  g_mutex_clear (&watch->lock);
  g_free (watch);
}
