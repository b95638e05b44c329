/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A shut-off domain's disk. It doesn't change while the domain is not started
 * and no other process has it open for writing. So the instant holds until
 * libvirt reports a start, or QEMU's image locks show another writer. */
#include "disk/offline.h"

#include "disk/chain.h"
#include "disk/server.h"
#include "disk/unlock.h"
#include "disk/image-lock.h"
#include "util/json.h"

typedef struct {
  VgDisk base;
  VgGuest *guest;
  guint epoch;
  char *target;
  char *socket;
  VgConfine *confine;
  VgJson *chain;
  GPtrArray *keys; /* of its encrypted layers, until the server has them */
  VgServer *server;
  GCancellable *cancellable; /* or NULL */
} OfflineDisk;

static gboolean
offline_read_map (VgDisk *base, VgMap *map, GCancellable *cancellable,
                  GError **error)
{
  OfflineDisk *disk = (OfflineDisk *) base;

  return vg_nbd_read_map (vg_server_get_nbd (disk->server), map, cancellable,
                          error);
}

static VgBody *
offline_open_data (VgDisk *base, const VgMap *map, GCancellable *cancellable,
                   GError **error)
{
  OfflineDisk *disk = (OfflineDisk *) base;

  return vg_nbd_reader_new (disk->socket, "", NULL, map, cancellable, error);
}

/* A domain becomes active before its hypervisor opens the disk; so a domain
 * that is not and was not active has written nothing. */
static gboolean
offline_check (VgDisk *base, GError **error)
{
  OfflineDisk *disk = (OfflineDisk *) base;
  g_autoptr (GError) writer = NULL;
  gboolean active;

  /* Before checking whether the writer is the domain itself. */
  vg_image_lock_check (disk->chain, disk->cancellable, &writer);
  if (!vg_guest_get_active (disk->guest, &active, error))
    return FALSE;
  if (!active && vg_guest_get_epoch (disk->guest) == disk->epoch) {
    if (writer == NULL)
      return TRUE;
    g_propagate_error (error, g_steal_pointer (&writer));
    return FALSE;
  }
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE,
               "domain %s was started while disk %s was read",
               vg_guest_get_name (disk->guest), disk->target);
  return FALSE;
}

static void
offline_free (VgDisk *base)
{
  OfflineDisk *disk = (OfflineDisk *) base;

  vg_server_free (disk->server);
  vg_confine_free (disk->confine);
  g_clear_object (&disk->cancellable);
  g_clear_pointer (&disk->chain, vg_json_unref);
  g_clear_pointer (&disk->keys, g_ptr_array_unref);
  g_free (disk->target);
  g_free (disk->socket);
  g_free (disk);
}

/* The chain; for a volume of a storage pool, with the volume's path. */
static VgJson *
describe_source (VgConfine *confine, VgGuest *guest, const VgSource *source,
                 GCancellable *cancellable, GError **error)
{
  g_autoptr (VgSource) file = NULL;

  if (source->type != VG_SOURCE_VOLUME)
    return vg_chain_describe (confine, source, cancellable, error);
  file = vg_source_new (VG_SOURCE_FILE);
  file->format = g_strdup (source->format);
  file->has_slice = source->has_slice;
  file->path =
      vg_guest_get_volume_path (guest, source->pool, source->volume, error);
  return file->path != NULL
             ? vg_chain_describe (confine, file, cancellable, error)
             : NULL;
}

/* Makes what is served of the chain, and its keys. Takes chain. */
static VgJson *
unlock (VgGuest *guest, const VgSource *source, VgJson *chain,
        gboolean ciphertext, GPtrArray **keys, GError **error)
{
  g_autoptr (VgJson) described = chain;

  if (chain == NULL)
    return NULL;
  if (ciphertext) {
    *keys = g_ptr_array_new ();
    return vg_unlock_ciphertext (chain, error);
  }
  *keys = vg_unlock_chain (chain, source, guest, error);
  return *keys != NULL ? g_steal_pointer (&described) : NULL;
}

gboolean
vg_offline_examine (VgConfine *confine, VgGuest *guest, const VgSource *source,
                    gboolean ciphertext, GCancellable *cancellable,
                    GError **error)
{
  g_autoptr (VgJson) chain =
      describe_source (confine, guest, source, cancellable, error);
  g_autoptr (VgJson) served = NULL;
  g_autoptr (GPtrArray) keys = NULL;

  if (chain == NULL || !vg_chain_check (confine, chain, cancellable, error)
      || !vg_image_lock_await_none (chain, cancellable, error))
    return FALSE;
  served =
      unlock (guest, source, json_object_get (chain), ciphertext, &keys, error);
  return served != NULL
         && vg_chain_check_keys (confine, served, keys, cancellable, error);
}

/* Sets the chain to serve, and its keys. */
static gboolean
prepare_chain (OfflineDisk *disk, const VgSource *source, gboolean ciphertext,
               GCancellable *cancellable, GError **error)
{
  VgJson *chain =
      describe_source (disk->confine, disk->guest, source, cancellable, error);

  disk->chain =
      unlock (disk->guest, source, chain, ciphertext, &disk->keys, error);
  return disk->chain != NULL;
}

static gboolean
start_server (OfflineDisk *disk, GCancellable *cancellable, GError **error)
{
  disk->server = vg_server_start (disk->confine, disk->chain, NULL, disk->keys,
                                  disk->socket, cancellable, error);
  g_clear_pointer (&disk->keys, g_ptr_array_unref);
  return disk->server != NULL;
}

VgDisk *
vg_offline_open (VgConfine *confine, VgGuest *guest, guint epoch,
                 const char *target, const VgSource *source,
                 gboolean ciphertext, const char *socket,
                 GCancellable *cancellable, GError **error)
{
  OfflineDisk *disk = g_new0 (OfflineDisk, 1);
  g_autoptr (VgDisk) base = &disk->base;

  disk->base.read_map = offline_read_map;
  disk->base.open_data = offline_open_data;
  disk->base.check = offline_check;
  disk->base.free = offline_free;
  disk->confine = confine;
  disk->guest = guest;
  disk->epoch = epoch;
  disk->target = g_strdup (target);
  disk->socket = g_strdup (socket);
  g_set_object (&disk->cancellable, cancellable);
  if (!prepare_chain (disk, source, ciphertext, cancellable, error)
      || !vg_image_lock_await_none (disk->chain, cancellable, error)
      || !start_server (disk, cancellable, error))
    return NULL;
  disk->base.size = (guint64) nbd_get_size (vg_server_get_nbd (disk->server));
  return g_steal_pointer (&base);
}
