/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state saved by a snapshot. It is spoiled if the guest's hypervisor or
 * others merge the chain's files: then one of them is open for writing, or the
 * first one's change time differs. (The change times of the others are ignored:
 * Nova touches its base images to mark them as in use.) */
#include "disk/snapshot-file.h"

#include <errno.h>
#include <sys/stat.h>

#include "disk/chain.h"
#include "disk/server.h"
#include "disk/image-lock.h"

typedef struct {
  VgDisk base;
  VgJson *chain;
  char *socket;
  GArray *files; /* of struct stat, one per layer, from when it was opened */
  VgServer *server;
} FrozenDisk;

static GArray *
look_at_files (VgJson *chain, GError **error)
{
  g_autoptr (GArray) files = g_array_new (FALSE, TRUE, sizeof (struct stat));

  for (; chain != NULL; chain = vg_chain_get_backing (chain)) {
    const char *path = vg_chain_get_path (chain);
    struct stat st;

    if (stat (path, &st) < 0) {
      g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
                   "%s can't be opened: %s", path, g_strerror (errno));
      return NULL;
    }
    g_array_append_val (files, st);
  }
  return g_steal_pointer (&files);
}

static gboolean
is_same (const struct stat *a, const struct stat *b, gboolean first)
{
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino
         && a->st_size == b->st_size
         && (!first
             || (a->st_mtim.tv_sec == b->st_mtim.tv_sec
                 && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec));
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

static gboolean
frozen_check (VgDisk *base, GError **error)
{
  FrozenDisk *disk = (FrozenDisk *) base;
  g_autoptr (GArray) now = NULL;
  g_autoptr (GError) why = NULL;
  VgJson *layer = disk->chain;

  if (!vg_image_lock_check (disk->chain, &why)) {
    g_set_error_literal (error, VG_DISK_ERROR, VG_DISK_ERROR_SPOILED,
                         why->message);
    return FALSE;
  }
  now = look_at_files (disk->chain, &why);
  if (now == NULL) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_SPOILED,
                 "the snapshot was deleted while it was read: %s",
                 why->message);
    return FALSE;
  }
  for (guint i = 0; i < now->len; i++) {
    if (!is_same (&g_array_index (now, struct stat, i),
                  &g_array_index (disk->files, struct stat, i), i == 0))
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

  return vg_nbd_reader_new (disk->socket, "", map, cancellable, error);
}

static void
frozen_free (VgDisk *base)
{
  FrozenDisk *disk = (FrozenDisk *) base;

  vg_server_free (disk->server);
  g_clear_pointer (&disk->files, g_array_unref);
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
  /* Before reading anything. */
  if (vg_image_lock_await_none (chain, cancellable, error))
    disk->files = look_at_files (chain, error);
  if (disk->files != NULL)
    disk->server = vg_server_start (confine, chain, snapshot, NULL, socket,
                                    cancellable, error);
  if (disk->server == NULL)
    return NULL;
  disk->base.size = (guint64) nbd_get_size (vg_server_get_nbd (disk->server));
  return g_steal_pointer (&base);
}
