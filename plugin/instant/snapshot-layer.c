/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of an external snapshot is in the layer below the file that the
 * snapshot added. It is valid while both files are adjacent in the disk's
 * chain, and nothing was merged into the lower one. The lower file's change
 * time also reveals a blockcommit that was begun and aborted. */
#include "instant/snapshot-layer.h"

#include "disk/chain.h"
#include "disk/image-lock.h"
#include "disk/layers.h"
#include "disk/look.h"
#include "disk/snapshot-file.h"
#include "host/libvirt-snapshots.h"

/* Limit for the time between libvirt's time stamp of a snapshot and the guest's
 * last write: freezing file systems in between may take long. */
#define TAKING_S 60

/* Limit for the time between creation of the guest's new file and its last
 * write to the old one. */
#define CHANGING_S 10

static gboolean throw_refused (const VgPlanSources *sources, GError **error,
                               const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
throw_refused (const VgPlanSources *sources, GError **error, const char *format,
               ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, VG_LIBVIRT_SNAPSHOT_ERROR,
               VG_LIBVIRT_SNAPSHOT_ERROR_REFUSED,
               "snapshot '%s' of domain %s can't be exported: %s",
               sources->savepoint->name, sources->domain->name, why);
  return FALSE;
}

/* The latest possible time, in s, of the guest's last write to its old file.
 * The new file was created just before that, unless it existed already. */
static gint64
get_taken (const VgPlanSources *sources, const VgFileFacts *overlay)
{
  gint64 created = sources->savepoint->created;

  if (overlay->born >= created - 1 && overlay->born <= created + TAKING_S)
    return overlay->born + CHANGING_S;
  return created + TAKING_S;
}

/* A block device has no usable modification time. */
static gboolean
check_untouched (const VgPlanSources *sources, const VgDomainDisk *disk,
                 const VgSavedDisk *saved, GCancellable *cancellable,
                 GError **error)
{
  const char *const paths[] = { saved->source->path, saved->overlay };
  g_autoptr (GDateTime) time = NULL;
  g_autofree char *shown = NULL;
  VgFileFacts facts[2];

  if (!vg_disk_look (paths, 2, facts, cancellable, error))
    return FALSE;
  if (sources->savepoint->created == 0 || facts[0].error != 0
      || !S_ISREG (facts[0].mode)
      || facts[0].changed.tv_sec <= get_taken (sources, &facts[1]))
    return TRUE;
  time = g_date_time_new_from_unix_utc (facts[0].changed.tv_sec);
  shown = g_date_time_format_iso8601 (time);
  return throw_refused (sources, error,
                        "%s, which holds the state of disk %s, was modified "
                        "later, at %s, for example by an aborted blockcommit",
                        paths[0], disk->target, shown);
}

/* Where a snapshot's layer is looked for, and with what. */
typedef struct {
  const VgConfine *confine;
  const VgPlanSources *sources;
  const VgDomainDisk *disk;
  const VgSavedDisk *saved;
  GCancellable *cancellable;
} Search;

/* The layer below the file that the snapshot added. Borrowed. */
static VgJson *
find_frozen (const Search *search, VgJson *chain, GError **error)
{
  const VgPlanSources *sources = search->sources;
  const VgSavedDisk *saved = search->saved;
  const char *target = search->disk->target;
  VgJson *overlay, *frozen, *found = NULL;

  if (!vg_chain_find (search->confine, chain, saved->overlay, &overlay,
                      search->cancellable, error))
    return NULL;
  frozen = overlay != NULL ? vg_chain_get_backing (overlay) : NULL;
  if (frozen != NULL
      && !vg_chain_find (search->confine, frozen, saved->source->path, &found,
                         search->cancellable, error))
    return NULL;
  if (overlay == NULL)
    throw_refused (sources, error,
                   "%s, the overlay that it created for disk %s, is no longer "
                   "in the disk's chain: the snapshot was merged by "
                   "blockcommit or blockpull, reverted, or deleted",
                   saved->overlay, target);
  else if (frozen == NULL || found != frozen)
    throw_refused (
        sources, error,
        "%s, which holds the state of disk %s, is no longer the backing file "
        "of %s: it was merged by blockcommit or blockpull",
        saved->source->path, target, saved->overlay);
  else if (check_untouched (sources, search->disk, saved, search->cancellable,
                            error))
    return frozen;
  return NULL;
}

VgJson *
vg_snapshot_layer_find (VgConfine *confine, VgGuest *guest,
                        const VgPlanSources *sources, const VgDomainDisk *disk,
                        gboolean *inside, GCancellable *cancellable,
                        GError **error)
{
  const VgSavedDisk *saved = vg_libvirt_snapshot_get_disk (
      sources->savepoint, sources->domain, disk, sources->active, error);
  g_autoptr (VgJson) chain = NULL;
  VgJson *frozen;

  if (saved == NULL || !vg_guest_check_unmerged (guest, disk->target, error))
    return NULL;
  *inside = saved->kind == VG_SAVED_INTERNAL;
  chain = vg_chain_describe (confine, disk->source, cancellable, error);
  if (chain == NULL)
    return NULL;
  if (*inside)
    return g_steal_pointer (&chain);
  frozen = find_frozen (&(Search){ confine, sources, disk, saved, cancellable },
                        chain, error);
  return frozen != NULL ? json_object_get (frozen) : NULL;
}

/* The layer's chain, and what reads it; the caller frees both. */
static VgJson *
open_layer (const VgConfig *config, VgGuest *guest,
            const VgPlanSources *sources, const VgDomainDisk *disk,
            VgConfine **confine, gboolean *inside, GCancellable *cancellable,
            GError **error)
{
  *confine = vg_confine_new (config, guest, sources->domain->dac_label, error);
  return *confine != NULL ? vg_snapshot_layer_find (
             *confine, guest, sources, disk, inside, cancellable, error)
                          : NULL;
}

gboolean
vg_snapshot_layer_measure (const VgConfig *config, VgGuest *guest,
                           const VgPlanSources *sources,
                           const VgDomainDisk *disk, guint64 *bytes,
                           GCancellable *cancellable, GError **error)
{
  gboolean inside;
  g_autoptr (VgConfine) confine = NULL;
  g_autoptr (VgJson) chain = open_layer (config, guest, sources, disk, &confine,
                                         &inside, cancellable, error);

  return chain != NULL
         && vg_chain_get_size (confine, chain, bytes, cancellable, error);
}

gboolean
vg_snapshot_layer_check (const VgConfig *config, VgGuest *guest,
                         const VgPlanSources *sources, const VgDomainDisk *disk,
                         GCancellable *cancellable, GError **error)
{
  gboolean inside;
  g_autoptr (VgConfine) confine = NULL;
  g_autoptr (VgJson) chain = open_layer (config, guest, sources, disk, &confine,
                                         &inside, cancellable, error);

  return chain != NULL && vg_chain_check (confine, chain, cancellable, error)
         && (!inside
             || vg_chain_check_snapshot (
                 confine, chain, sources->savepoint->name, cancellable, error))
         && vg_image_lock_await_none (chain, cancellable, error);
}

gboolean
vg_snapshot_layer_is_inside (const VgPlanSources *sources)
{
  const GPtrArray *disks = sources->savepoint->disks;

  for (guint i = 0; i < disks->len; i++)
    if (((VgSavedDisk *) disks->pdata[i])->kind == VG_SAVED_INTERNAL)
      return TRUE;
  return FALSE;
}

/* The disk */

typedef struct {
  VgDisk base;
  const VgInstantContext *context;
  char *target;
  char *files; /* in the chain, as found when opened */
  guint epoch;
  gboolean inside;
  VgConfine *confine;
  VgDisk *inner;
} LayerDisk;

/* By number, because a file may have several names; as they were admitted. */
static char *
list_files (const VgConfine *confine, VgJson *chain)
{
  GString *list = g_string_new (NULL);

  for (; chain != NULL; chain = vg_chain_get_backing (chain)) {
    const VgConfineFile *file =
        vg_confine_find (confine, vg_chain_get_path (chain));

    g_string_append_printf (list, "%ju:%ju\n", (uintmax_t) file->device,
                            (uintmax_t) file->inode);
  }
  return g_string_free (list, FALSE);
}

/* A started domain writes to the file. */
static gboolean
check_unstarted (LayerDisk *disk, GError **error)
{
  VgGuest *guest = disk->context->guest;
  gboolean active;

  if (!vg_guest_get_active (guest, &active, error))
    return FALSE;
  if (!active && vg_guest_get_epoch (guest) == disk->epoch)
    return TRUE;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE,
               "domain %s was started while disk %s was read",
               vg_guest_get_name (guest), disk->target);
  return FALSE;
}

/* Errors after which the data never match the snapshot again. */
static gboolean
throw_spoiled (const GError *why, GError **error)
{
  gboolean spoiled =
      why->domain == VG_LIBVIRT_SNAPSHOT_ERROR || why->domain == VG_DOMAIN_ERROR
      || g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_BUSY)
      || g_error_matches (why, VG_DISK_ERROR, VG_DISK_ERROR_OPEN);

  if (spoiled)
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_SPOILED,
                 "the data read are no longer those of the snapshot: %s",
                 why->message);
  else
    g_propagate_error (error, g_error_copy (why));
  return FALSE;
}

/* Looks in the domain's current definition. */
static VgJson *
find_again (const LayerDisk *disk, GError **error)
{
  const VgInstantContext *context = disk->context;
  g_autoptr (VgDomain) domain = vg_guest_read (context->guest, error);
  VgPlanSources now = { .domain = domain,
                        .savepoint = context->sources->savepoint };
  const VgDomainDisk *again;
  gboolean inside;

  if (domain == NULL
      || !vg_guest_get_active (context->guest, &now.active, error))
    return NULL;
  again = vg_domain_find_disk (domain, disk->target, error);
  if (again == NULL)
    return NULL;
  return vg_snapshot_layer_find (disk->confine, context->guest, &now, again,
                                 &inside, context->cancellable, error);
}

/* If a block job ends between the two checks, it changed the chain or the
 * files. The files are checked last. */
static gboolean
check_chain (LayerDisk *disk, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (VgJson) chain = find_again (disk, &why);
  g_autofree char *files =
      chain != NULL ? list_files (disk->confine, chain) : NULL;

  if (chain == NULL)
    return throw_spoiled (why, error);
  if (g_str_equal (files, disk->files))
    return TRUE;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_SPOILED,
               "the files of disk %s changed while it was read", disk->target);
  return FALSE;
}

static gboolean
layer_check (VgDisk *base, GError **error)
{
  LayerDisk *disk = (LayerDisk *) base;

  return (disk->inside ? check_unstarted (disk, error)
                       : check_chain (disk, error))
         && vg_disk_check (disk->inner, error);
}

static gboolean
layer_read_map (VgDisk *base, VgMap *map, GCancellable *cancellable,
                GError **error)
{
  VgDisk *inner = ((LayerDisk *) base)->inner;

  return inner->read_map (inner, map, cancellable, error);
}

static VgBody *
layer_open_data (VgDisk *base, const VgMap *map, GCancellable *cancellable,
                 GError **error)
{
  return vg_disk_open_data (((LayerDisk *) base)->inner, map, cancellable,
                            error);
}

static void
layer_free (VgDisk *base)
{
  LayerDisk *disk = (LayerDisk *) base;

  vg_disk_free (disk->inner);
  vg_confine_free (disk->confine);
  g_free (disk->target);
  g_free (disk->files);
  g_free (disk);
}

VgDisk *
vg_snapshot_layer_open (const VgInstantContext *context,
                        const VgPlanSource *source, guint epoch,
                        const char *socket, GError **error)
{
  LayerDisk *disk = g_new0 (LayerDisk, 1);
  g_autoptr (VgDisk) base = &disk->base;
  g_autoptr (VgJson) chain = NULL;

  disk->base.read_map = layer_read_map;
  disk->base.open_data = layer_open_data;
  disk->base.check = layer_check;
  disk->base.free = layer_free;
  disk->context = context;
  disk->target = g_strdup (source->disk->target);
  disk->epoch = epoch;
  disk->confine = vg_confine_new (context->config, context->guest,
                                  context->sources->domain->dac_label, error);
  if (disk->confine == NULL)
    return NULL;
  chain = vg_snapshot_layer_find (disk->confine, context->guest,
                                  context->sources, source->disk, &disk->inside,
                                  context->cancellable, error);
  if (chain == NULL)
    return NULL;
  disk->files = list_files (disk->confine, chain);
  disk->inner = vg_snapshot_file_open (
      disk->confine, chain,
      disk->inside ? context->sources->savepoint->name : NULL, socket,
      context->cancellable, error);
  if (disk->inner == NULL)
    return NULL;
  disk->base.size = disk->inner->size;
  return g_steal_pointer (&base);
}
