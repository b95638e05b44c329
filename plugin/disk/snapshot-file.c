/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state saved by a snapshot. It is spoiled if the guest's hypervisor or
 * others merge the chain's files: then one of them is open for writing, or the
 * first one's change time differs. (The change times of the others are ignored:
 * Nova touches its base images to mark them as in use.) */
#include "disk/snapshot-file.h"

#include "disk/image-lock.h"
#include "disk/layers.h"
#include "disk/look.h"
#include "disk/server.h"

typedef struct {
  VgDisk base;
  VgJson *chain;
  char *socket;
  VgFileFacts *files;        /* one per layer, from when it was opened */
  GCancellable *cancellable; /* or NULL */
  VgServer *server;
} FrozenDisk;

/* n_files facts. */
static VgFileFacts *
look_at_files (const FrozenDisk *disk, GError **error)
{
  g_autoptr (GPtrArray) paths = vg_chain_list_files (disk->chain);
  g_autofree VgFileFacts *files = g_new (VgFileFacts, paths->len);

  if (!vg_disk_look ((const char *const *) paths->pdata, paths->len, files,
                     disk->cancellable, error))
    return NULL;
  for (guint i = 0; i < paths->len; i++)
    if (files[i].error != 0) {
      g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
                   "%s can't be opened: %s", (char *) paths->pdata[i],
                   g_strerror (files[i].error));
      return NULL;
    }
  return g_steal_pointer (&files);
}

static gboolean
is_same (const VgFileFacts *a, const VgFileFacts *b, gboolean first)
{
  return a->device == b->device && a->inode == b->inode && a->size == b->size
         && (!first
             || (a->changed.tv_sec == b->changed.tv_sec
                 && a->changed.tv_nsec == b->changed.tv_nsec));
}

static gboolean
throw_spoiled (GError **error, const char *path)
{
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_SPOILED,
               "%s changed while it was read: a block job merged data into it, "
               "or it was replaced; the snapshot's state may be lost",
               path);
  return FALSE;
}

/* What isn't known now may be seen to be unchanged later. */
static gboolean
throw_doubt (GError **error, GError *why, const char *what)
{
  gboolean unknown =
      g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || g_error_matches (why, VG_DISK_ERROR, VG_DISK_ERROR_UNREACHABLE);

  if (unknown) {
    g_propagate_error (error, why);
    return FALSE;
  }
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_SPOILED, "%s%s", what,
               why->message);
  g_error_free (why);
  return FALSE;
}

static gboolean
frozen_check (VgDisk *base, GError **error)
{
  FrozenDisk *disk = (FrozenDisk *) base;
  g_autofree VgFileFacts *now = NULL;
  VgJson *layer = disk->chain;
  GError *why = NULL;

  if (!vg_image_lock_check (disk->chain, disk->cancellable, &why))
    return throw_doubt (error, why, "");
  now = look_at_files (disk, &why);
  if (now == NULL)
    return throw_doubt (error, why,
                        "the snapshot was deleted while it was read: ");
  for (guint i = 0; layer != NULL; i++) {
    if (!is_same (&now[i], &disk->files[i], i == 0))
      return throw_spoiled (error, vg_chain_get_path (layer));
    layer = vg_chain_get_backing (layer);
  }
  return TRUE;
}

static gboolean
frozen_read_map (VgDisk *base, VgMap *map, GCancellable *cancellable,
                 GError **error)
{
  FrozenDisk *disk = (FrozenDisk *) base;

  return vg_nbd_read_map (vg_server_get_nbd (disk->server), map, cancellable,
                          error);
}

static VgBody *
frozen_open_data (VgDisk *base, const VgMap *map, GCancellable *cancellable,
                  GError **error)
{
  FrozenDisk *disk = (FrozenDisk *) base;

  return vg_nbd_reader_new (disk->socket, "", NULL, map, cancellable, error);
}

static void
frozen_free (VgDisk *base)
{
  FrozenDisk *disk = (FrozenDisk *) base;

  vg_server_free (disk->server);
  g_clear_object (&disk->cancellable);
  g_free (disk->files);
  vg_json_unref (disk->chain);
  g_free (disk->socket);
  g_free (disk);
}

VgDisk *
vg_snapshot_file_open (const VgConfine *confine, VgJson *chain,
                       const char *snapshot, const char *socket,
                       GCancellable *cancellable, GError **error)
{
  FrozenDisk *disk = g_new0 (FrozenDisk, 1);
  g_autoptr (VgDisk) base = &disk->base;

  disk->base.read_map = frozen_read_map;
  disk->base.open_data = frozen_open_data;
  disk->base.check = frozen_check;
  disk->base.free = frozen_free;
  disk->chain = json_object_get (chain);
  disk->socket = g_strdup (socket);
  g_set_object (&disk->cancellable, cancellable);
  /* Before reading anything. */
  if (vg_image_lock_await_none (chain, cancellable, error))
    disk->files = look_at_files (disk, error);
  if (disk->files != NULL)
    disk->server = vg_server_start (confine, chain, snapshot, NULL, socket,
                                    cancellable, error);
  if (disk->server == NULL)
    return NULL;
  disk->base.size = (guint64) nbd_get_size (vg_server_get_nbd (disk->server));
  return g_steal_pointer (&base);
}
