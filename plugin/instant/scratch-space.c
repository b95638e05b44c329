/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Free space for scratch files. */
#include "instant/scratch-space.h"

#include <sys/statvfs.h>

#include "util/text.h"

#define LOOK_EVERY_US G_USEC_PER_SEC

struct _VgSpaceWatch {
  char *folder;
  guint64 limit; /* bytes */
  GCancellable *cancellable;
  GThread *thread;
  GMutex lock; /* protects the members below */
  GCond changed;
  gboolean over;
  gboolean tripped;
};

/* If the free space is unknown, leave errors to the hypervisor. */
static guint64
get_free (const char *folder)
{
  struct statvfs fs;

  if (statvfs (folder, &fs) < 0)
    return G_MAXUINT64;
  return (guint64) fs.f_bavail * fs.f_frsize;
}

gboolean
vg_scratch_space_check (const char *folder, guint64 reserve, GError **error)
{
  guint64 available = get_free (folder);
  g_autofree char *has = NULL, *needs = NULL;

  if (available >= reserve)
    return TRUE;
  has = vg_text_format_size (available);
  needs = vg_text_format_size (reserve);
  g_set_error (error, VG_SCRATCH_SPACE_ERROR, VG_SCRATCH_SPACE_ERROR_LOW,
               "only %s is free in %s, but %s is needed (scratch_reserve) for "
               "blocks that the guest overwrites meanwhile; free some space, "
               "or set snapshots_directory in [libvirt]",
               has, folder, needs);
  return FALSE;
}

static gpointer
watch_space (gpointer data)
{
  VgScratchSpaceWatch *watch = data;

  g_mutex_lock (&watch->lock);
  while (!watch->over && !watch->tripped) {
    gint64 next = g_get_monotonic_time () + LOOK_EVERY_US;

    if (get_free (watch->folder) < watch->limit) {
      watch->tripped = TRUE;
      g_cancellable_cancel (watch->cancellable);
    }
    while (!watch->over && !watch->tripped
           && g_cond_wait_until (&watch->changed, &watch->lock, next))
      ;
  }
  g_mutex_unlock (&watch->lock);
  return NULL;
}

VgScratchSpaceWatch *
vg_scratch_space_watch_new (const char *folder, guint64 reserve,
                            GCancellable *cancellable, GError **error)
{
  VgScratchSpaceWatch *watch = g_new0 (VgScratchSpaceWatch, 1);

  watch->folder = g_strdup (folder);
  watch->limit = reserve / 2;
  watch->cancellable = g_object_ref (cancellable);
  g_mutex_init (&watch->lock);
  g_cond_init (&watch->changed);
  watch->thread = g_thread_try_new ("space", watch_space, watch, error);
  if (watch->thread != NULL)
    return watch;
  g_prefix_error (error, "the free space can't be watched: ");
  vg_scratch_space_watch_free (watch);
  return NULL;
}

void
vg_scratch_space_watch_free (VgScratchSpaceWatch *watch)
{
  if (watch == NULL)
    return;
  g_mutex_lock (&watch->lock);
  watch->over = TRUE;
  g_cond_signal (&watch->changed);
  g_mutex_unlock (&watch->lock);
  if (watch->thread != NULL)
    g_thread_join (watch->thread);
  g_cond_clear (&watch->changed);
  g_mutex_clear (&watch->lock);
  g_object_unref (watch->cancellable);
  g_free (watch->folder);
  g_free (watch);
}

gboolean
vg_scratch_space_watch_tripped (VgScratchSpaceWatch *watch, GError **error)
{
  gboolean tripped;

  g_mutex_lock (&watch->lock);
  tripped = watch->tripped;
  g_mutex_unlock (&watch->lock);
  if (tripped) {
    g_autofree char *limit = vg_text_format_size (watch->limit);

    g_set_error (error, VG_SCRATCH_SPACE_ERROR, VG_SCRATCH_SPACE_ERROR_LOW,
                 "the snapshot was aborted: less than %s was left in %s for "
                 "blocks that the guest overwrites meanwhile; free some space, "
                 "or set snapshots_directory in [libvirt]",
                 limit, watch->folder);
  }
  return tripped;
}
