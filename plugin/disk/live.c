/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks of a running domain. The instant exists while the backup job runs: when
 * the guest powers off, QEMU exits and the job ends (unless libvirt is new
 * enough to keep both). */
#include "disk/live.h"

#include "disk/nbd.h"
#include "disk/scratch-file.h"
#include "host/backup.h"

typedef struct {
  VgDisk base;
  VgGuest *guest;
  char *socket;
  char *target;
  VgNbd *nbd;
  GPtrArray *idle; /* its readers' connections */
} LiveDisk;

/* The overwritten plaintext must be nowhere but in the guest's memory. The
 * cipher is QEMU's default with another hash; libvirt's schema requires all of
 * the elements. */
static char *
make_encryption (const VgScratchPaths *place, const char *target)
{
  const VgSource *layer = g_hash_table_lookup (place->keys, target);

  if (layer == NULL)
    return g_strdup ("");
  return g_markup_printf_escaped (
      "<encryption format='luks'><secret type='passphrase' %s='%s'/>"
      "<cipher name='aes' size='256' mode='xts' hash='" VG_SCRATCH_FILE_HASH
      "'/><ivgen name='plain64'/></encryption>",
      layer->key_uuid != NULL ? "uuid" : "usage",
      layer->key_uuid != NULL ? layer->key_uuid : layer->key_usage);
}

static char *
make_xml (const VgScratchPaths *place, const char *const *targets,
          const char *const *others)
{
  g_autofree char *server =
      g_markup_printf_escaped ("<domainbackup mode='pull'>"
                               "<server transport='unix' socket='%s'/><disks>",
                               place->socket);
  GString *xml = g_string_new (server);

  for (; *targets != NULL; targets++) {
    g_autofree char *encryption = make_encryption (place, *targets);
    g_autofree char *disk = g_markup_printf_escaped (
        "<disk name='%s' backup='yes' type='file'><driver type='qcow2'/>"
        "<scratch file='%s/%s.scratch'>",
        *targets, place->scratch_folder, *targets);

    g_string_append (xml, disk);
    g_string_append (xml, encryption);
    g_string_append (xml, "</scratch></disk>");
  }
  for (; *others != NULL; others++) {
    g_autofree char *disk =
        g_markup_printf_escaped ("<disk name='%s' backup='no'/>", *others);

    g_string_append (xml, disk);
  }
  g_string_append (xml, "</disks></domainbackup>");
  return g_string_free (xml, FALSE);
}

gboolean
vg_live_begin (VgGuest *guest, const VgScratchPaths *place,
               const char *const *targets, const char *const *others,
               GError **error)
{
  g_autofree char *xml = make_xml (place, targets, others);
  g_autoptr (GError) why = NULL;

  if (vg_backup_begin (guest, xml, place->made, &why))
    return TRUE;
  if (g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_NOT_RUNNING))
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE, "%s", why->message);
  else
    g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

static gboolean
live_read_map (VgDisk *base, VgMap *map, GCancellable *cancellable,
               GError **error)
{
  LiveDisk *disk = (LiveDisk *) base;

  return vg_nbd_read_map (disk->nbd, map, cancellable, error);
}

static VgBody *
live_open_data (VgDisk *base, const VgMap *map, GCancellable *cancellable,
                GError **error)
{
  LiveDisk *disk = (LiveDisk *) base;

  return vg_nbd_reader_new (disk->socket, disk->target, disk->idle, map,
                            cancellable, error);
}

gboolean
vg_live_is_held (VgGuest *guest, const char *socket, gboolean *held,
                 GError **error)
{
  return vg_backup_is_running (guest, socket, held, error);
}

/* Says no more than is known: whether it runs. */
static gboolean
throw_gone (const LiveDisk *disk, GError **error)
{
  const char *name = vg_guest_get_name (disk->guest);
  gboolean active;

  if (!vg_guest_get_active (disk->guest, &active, NULL))
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE,
                 "the backup job of domain %s is no longer there", name);
  else if (active)
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE,
                 "the backup job of domain %s has ended, but not by "
                 "virt-glance, while disk %s was read",
                 name, disk->target);
  else
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE,
                 "domain %s stopped while disk %s was read", name,
                 disk->target);
  return FALSE;
}

static gboolean
live_check (VgDisk *base, GError **error)
{
  LiveDisk *disk = (LiveDisk *) base;
  gboolean held;

  if (!vg_live_is_held (disk->guest, disk->socket, &held, error))
    return FALSE;
  if (held)
    return TRUE;
  return throw_gone (disk, error);
}

static void
live_free (VgDisk *base)
{
  LiveDisk *disk = (LiveDisk *) base;

  nbd_close (disk->nbd);
  g_ptr_array_unref (disk->idle);
  g_free (disk->socket);
  g_free (disk->target);
  g_free (disk);
}

VgDisk *
vg_live_open (VgGuest *guest, const VgScratchPaths *place, const char *target,
              GCancellable *cancellable, GError **error)
{
  g_autoptr (VgNbd) nbd =
      vg_nbd_connect (place->socket, target, cancellable, error);
  LiveDisk *disk;

  if (nbd == NULL)
    return NULL;
  disk = g_new0 (LiveDisk, 1);
  disk->base.size = (guint64) nbd_get_size (nbd);
  disk->base.read_map = live_read_map;
  disk->base.open_data = live_open_data;
  disk->base.check = live_check;
  disk->base.free = live_free;
  disk->guest = guest;
  disk->socket = g_strdup (place->socket);
  disk->target = g_strdup (target);
  disk->nbd = g_steal_pointer (&nbd);
  disk->idle = vg_nbd_idle_new ();
  return &disk->base;
}

gboolean
vg_live_end (VgGuest *guest, const char *socket, GError **error)
{
  return vg_backup_end (guest, socket, error);
}
