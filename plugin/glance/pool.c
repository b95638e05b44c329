/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One idle session per job that ran at the same time. Those that are too old,
 * or whose credentials are not the current ones, go when a session is taken. */
#include "glance/pool.h"

#include "glance/session.h"

struct _VgGlancePool {
  const VgConfig *config;
  GMutex lock;
  GPtrArray *idle; /* of VgGlance; with the lock */
};

VgGlancePool *
vg_glance_pool_new (const VgConfig *config)
{
  VgGlancePool *pool = g_new0 (VgGlancePool, 1);

  pool->config = config;
  pool->idle = g_ptr_array_new_with_free_func ((GDestroyNotify) vg_glance_free);
  g_mutex_init (&pool->lock);
  return pool;
}

void
vg_glance_pool_free (VgGlancePool *pool)
{
  if (pool == NULL)
    return;
  g_ptr_array_unref (pool->idle);
  g_mutex_clear (&pool->lock);
  g_free (pool);
}

/* An idle session that stands for glance, or NULL. */
static VgGlance *
find_idle (VgGlancePool *pool, const VgGlance *glance)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool->lock);

  while (pool->idle->len > 0) {
    g_autoptr (VgGlance) idle =
        g_ptr_array_steal_index (pool->idle, pool->idle->len - 1);

    if (vg_session_is_fresh (idle)
        && vg_credentials_equal (idle->credentials, glance->credentials))
      return g_steal_pointer (&idle);
  }
  return NULL;
}

VgGlance *
vg_glance_pool_take (VgGlancePool *pool, GError **error)
{
  g_autoptr (VgGlance) glance = vg_glance_new (pool->config, error);
  VgGlance *idle = glance != NULL ? find_idle (pool, glance) : NULL;

  if (idle == NULL)
    return g_steal_pointer (&glance);
  vg_glance_set_upload_rate (idle, pool->config->upload_rate);
  idle->unanswered = FALSE;
  return idle;
}

void
vg_glance_pool_give (VgGlancePool *pool, VgGlance *glance)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool->lock);

  g_ptr_array_add (pool->idle, glance);
}
