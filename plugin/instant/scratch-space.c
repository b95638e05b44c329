/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Free space for scratch files. */
#include "instant/scratch-space.h"

#include <errno.h>

#include "util/directory.h"
#include "util/look.h"
#include "util/text.h"

#define LOOK_EVERY_US G_USEC_PER_SEC

struct _VgSpaceWatch {
  char *folder;
  guint64 limit; /* bytes */
  GCancellable *cancellable;
  GThread *thread;
  GCancellable *end; /* of the thread */
  gint tripped;      /* atomic */
};

/* If the free space is unknown, leave errors to the hypervisor. */
static guint64
get_free (const VgFileFacts *facts)
{
  return facts->has_space ? facts->available : G_MAXUINT64;
}

/* A directory that isn't there yet will be in the file system of the one above
 * it. */
static gboolean
look_at (const char *folder, VgFileFacts *facts, GCancellable *cancellable,
         GError **error)
{
  g_autofree char *path = g_strdup (folder);

  for (;;) {
    g_autofree char *below = path;

    path = NULL;
    if (!vg_look_at_file (below, facts, cancellable, error))
      return FALSE;
    if (facts->error != ENOENT || g_path_skip_root (below) == NULL
        || *g_path_skip_root (below) == '\0')
      return TRUE;
    path = g_path_get_dirname (below);
  }
}

gboolean
vg_scratch_space_check (const char *folder, guint64 reserve,
                        GCancellable *cancellable, GError **error)
{
  g_autofree char *has = NULL, *needs = NULL;
  guint64 available;
  VgFileFacts facts;

  if (!look_at (folder, &facts, cancellable, error))
    return vg_directory_blame (VG_DIRECTORY_SCRATCH_OPTION, error);
  available = get_free (&facts);
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

/* Returns earlier when the watch ends. */
static void
sleep_until (const VgScratchSpaceWatch *watch, gint64 time)
{
  gint64 left = time - g_get_monotonic_time ();
  GPollFD end;

  if (left > 0 && g_cancellable_make_pollfd (watch->end, &end)) {
    g_poll (&end, 1, (gint) (left / 1000) + 1);
    g_cancellable_release_fd (watch->end);
  }
}

/* The file system may not answer. */
static gboolean
is_low (const VgScratchSpaceWatch *watch)
{
  g_autoptr (GError) error = NULL;
  VgFileFacts facts;

  if (vg_look_at_file (watch->folder, &facts, watch->end, &error))
    return get_free (&facts) < watch->limit;
  g_debug ("%s", error->message);
  return FALSE;
}

static gpointer
watch_space (gpointer data)
{
  VgScratchSpaceWatch *watch = data;
  gint64 next = g_get_monotonic_time ();

  while (!g_cancellable_is_cancelled (watch->end)) {
    if (is_low (watch)) {
      g_atomic_int_set (&watch->tripped, TRUE);
      g_cancellable_cancel (watch->cancellable);
      break;
    }
    next += LOOK_EVERY_US;
    sleep_until (watch, next);
  }
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
  watch->end = g_cancellable_new ();
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
  g_cancellable_cancel (watch->end);
  if (watch->thread != NULL)
    g_thread_join (watch->thread);
  g_object_unref (watch->end);
  g_object_unref (watch->cancellable);
  g_free (watch->folder);
  g_free (watch);
}

gboolean
vg_scratch_space_watch_tripped (VgScratchSpaceWatch *watch, GError **error)
{
  gboolean tripped = g_atomic_int_get (&watch->tripped);

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
