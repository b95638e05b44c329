/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A shut-off domain's disk. Nobody writes to it as long as the domain is not
 * started and no other process has it; so the instant holds until libvirt tells
 * of a start, and QEMU's image locks of somebody else. */
#include "disk/offline.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "disk/chain.h"
#include "disk/nbd.h"
#include "disk/unlock.h"
#include "disk/writer.h"
#include "util/child.h"
#include "util/json.h"

/* How long qemu-nbd may take to open the chain. */
#define START_TIMEOUT_US (30 * G_USEC_PER_SEC)
#define START_PAUSE_US 2000
/* … and to end, where it can't. */
#define END_TIMEOUT_US (2 * G_USEC_PER_SEC)

typedef struct {
  VgDisk base;
  VgGuest *guest;
  guint epoch;
  char *target;
  char *socket;
  VgJson *chain;
  GPtrArray *keys; /* of its encrypted layers, as long as they are needed */
  GSubprocess *server;
  VgNbd *nbd; /* kept open: the server ends with its last connection */
} OfflineDisk;

/* Runs in the child: it must not outlive who asked for it. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != GPOINTER_TO_INT (data))
    raise (SIGKILL);
}

static GSubprocess *
spawn_server (OfflineDisk *disk, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher =
      vg_child_launcher (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL, *line = NULL;
  GSubprocess *server;

  vg_json_set_bool (disk->chain, "force-share", TRUE);
  text = vg_json_to_text (disk->chain, FALSE);
  g_ptr_array_add (argv, g_strdup ("qemu-nbd"));
  if (!vg_unlock_pass (disk->keys, launcher, argv, error))
    return NULL;
  g_ptr_array_add (argv, g_strdup ("--read-only"));
  g_ptr_array_add (argv, g_strdup ("--shared=8"));
  g_ptr_array_add (argv, g_strdup ("--socket"));
  g_ptr_array_add (argv, g_strdup (disk->socket));
  g_ptr_array_add (argv, g_strconcat ("json:", text, NULL));
  g_ptr_array_add (argv, NULL);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent,
                                         GINT_TO_POINTER (getpid ()), NULL);
  line = g_strjoinv (" ", (char **) argv->pdata);
  g_debug ("%s", line);
  server = g_subprocess_launcher_spawnv (
      launcher, (const char *const *) argv->pdata, error);
  if (server == NULL)
    g_prefix_error (error, "qemu-nbd (Debian: qemu-utils) is needed to read "
                           "shut-off disks: ");
  return server;
}

static gboolean
throw_server (GSubprocess *server, GError **error)
{
  g_autofree char *messages = NULL;

  g_subprocess_communicate_utf8 (server, NULL, NULL, NULL, &messages, NULL);
  g_set_error (
      error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN, "it can't be opened: %s",
      messages && *messages ? vg_chain_reason (messages) : "qemu-nbd ended");
  return FALSE;
}

/* GLib reaps it as soon as it ends, and forgets its process id then. */
static gboolean
has_ended (GSubprocess *server)
{
  return g_subprocess_get_identifier (server) == NULL;
}

/* The socket is there a moment before qemu-nbd listens on it. */
static gboolean
was_too_early (void)
{
  return nbd_get_errno () == ENOENT || nbd_get_errno () == ECONNREFUSED;
}

/* It listens before it opens the disk. So who connects may be cut off because
 * it can't, and is to be told what it says, which is known once it has ended.
 */
static gboolean
connect_server (OfflineDisk *disk, GCancellable *cancellable, GError **error)
{
  gint64 now = g_get_monotonic_time ();
  gint64 deadline = now + START_TIMEOUT_US;

  for (;;) {
    g_autoptr (GError) why = NULL;

    disk->nbd = vg_nbd_connect (disk->socket, "", &why);
    if (disk->nbd != NULL)
      return TRUE;
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    if (has_ended (disk->server))
      return throw_server (disk->server, error);
    now = g_get_monotonic_time ();
    if (!was_too_early ())
      deadline = MIN (deadline, now + END_TIMEOUT_US);
    if (now > deadline) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
    g_usleep (START_PAUSE_US);
  }
}

static gboolean
offline_read_map (VgDisk *base, VgMap *map, GCancellable *cancellable,
                  GError **error)
{
  OfflineDisk *disk = (OfflineDisk *) base;

  return vg_nbd_read_map (disk->nbd, map, cancellable, error);
}

static VgBody *
offline_open_data (VgDisk *base, const VgMap *map, GCancellable *cancellable,
                   GError **error)
{
  OfflineDisk *disk = (OfflineDisk *) base;

  return vg_nbd_reader_new (disk->socket, "", map, cancellable, error);
}

/* A domain counts as active before its hypervisor opens the disk; so one that
 * is not, and was not in between, has written nothing. */
static gboolean
offline_check (VgDisk *base, GError **error)
{
  OfflineDisk *disk = (OfflineDisk *) base;
  g_autoptr (GError) writer = NULL;
  gboolean active;

  /* Before the question whether it is the domain itself. */
  vg_writer_check (disk->chain, &writer);
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

  g_clear_pointer (&disk->nbd, nbd_close);
  if (disk->server != NULL) {
    /* Not SIGTERM, which it misses while it starts; it only reads. */
    g_subprocess_force_exit (disk->server);
    g_subprocess_wait (disk->server, NULL, NULL);
    g_object_unref (disk->server);
  }
  unlink (disk->socket);
  g_clear_pointer (&disk->chain, vg_json_unref);
  g_clear_pointer (&disk->keys, g_ptr_array_unref);
  g_free (disk->target);
  g_free (disk->socket);
  g_free (disk);
}

/* The chain, below the path of a storage pool's volume where it is one. */
static VgJson *
describe (VgGuest *guest, const VgSource *source, GCancellable *cancellable,
          GError **error)
{
  g_autoptr (VgSource) file = NULL;

  if (source->type != VG_SOURCE_VOLUME)
    return vg_chain_describe (source, cancellable, error);
  file = vg_source_new (VG_SOURCE_FILE);
  file->format = g_strdup (source->format);
  file->has_slice = source->has_slice;
  file->path =
      vg_guest_get_volume_path (guest, source->pool, source->volume, error);
  return file->path != NULL ? vg_chain_describe (file, cancellable, error)
                            : NULL;
}

/* Sets what is served, and with which keys. */
static gboolean
prepare_chain (OfflineDisk *disk, const VgSource *source, gboolean ciphertext,
               GCancellable *cancellable, GError **error)
{
  g_autoptr (VgJson) chain = describe (disk->guest, source, cancellable, error);

  if (chain == NULL)
    return FALSE;
  if (ciphertext) {
    disk->keys = g_ptr_array_new ();
    disk->chain = vg_unlock_ciphertext (chain, error);
    return disk->chain != NULL;
  }
  disk->keys = vg_unlock_chain (chain, source, disk->guest, error);
  disk->chain = g_steal_pointer (&chain);
  return disk->keys != NULL;
}

static gboolean
start_server (OfflineDisk *disk, GCancellable *cancellable, GError **error)
{
  gboolean connected;

  disk->server = spawn_server (disk, error);
  connected = disk->server != NULL && connect_server (disk, cancellable, error);
  g_clear_pointer (&disk->keys, g_ptr_array_unref);
  return connected;
}

VgDisk *
vg_offline_open (VgGuest *guest, guint epoch, const char *target,
                 const VgSource *source, gboolean ciphertext,
                 const char *socket, GCancellable *cancellable, GError **error)
{
  OfflineDisk *disk = g_new0 (OfflineDisk, 1);
  g_autoptr (VgDisk) base = &disk->base;

  disk->base.read_map = offline_read_map;
  disk->base.open_data = offline_open_data;
  disk->base.check = offline_check;
  disk->base.free = offline_free;
  disk->guest = guest;
  disk->epoch = epoch;
  disk->target = g_strdup (target);
  disk->socket = g_strdup (socket);

  if (!prepare_chain (disk, source, ciphertext, cancellable, error)
      || !vg_writer_await_none (disk->chain, cancellable, error)
      || !start_server (disk, cancellable, error))
    return NULL;
  disk->base.size = (guint64) nbd_get_size (disk->nbd);
  return g_steal_pointer (&base);
}
