/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choice of how to read a disk. */
#include "plan/source.h"

#include "plan/encryption.h"
#include "plan/error.h"

VgPlanSource *
vg_plan_source_add (VgPlanSources *sources, const VgDomainDisk *disk)
{
  VgPlanSource *source = g_new0 (VgPlanSource, 1);

  source->disk = disk;
  g_ptr_array_add (sources->list, source);
  return source;
}

const VgRbdFacts *
vg_plan_source_get_rbd (const VgPlanSource *source, const VgPlanFacts *facts)
{
  return facts->rbd != NULL
             ? g_hash_table_lookup (facts->rbd, source->disk->target)
             : NULL;
}

/* Whether the disk can be read, judging by the XML. */
static gboolean
check_disk (const VgDomain *domain, const VgDomainDisk *disk, gboolean active,
            GError **error)
{
  VgSourceType type = disk->source->type;

  if (disk->device == VG_DEVICE_CDROM || disk->device == VG_DEVICE_FLOPPY)
    return vg_plan_throw_disk (
        error, domain, disk,
        disk->device == VG_DEVICE_CDROM ? "it is a cdrom" : "it is a floppy");
  if (type == VG_SOURCE_NONE)
    return vg_plan_throw_disk (error, domain, disk, "it has no medium");
  if (type == VG_SOURCE_VHOST_USER || type == VG_SOURCE_VHOST_VDPA)
    return vg_plan_throw_disk (error, domain, disk,
                               "its data bypass the hypervisor (vhost), which "
                               "therefore can't take a snapshot");
  if (type == VG_SOURCE_DIR)
    return vg_plan_throw_disk (error, domain, disk,
                               "it is a directory, not an image");
  if (disk->shareable && !disk->readonly)
    return vg_plan_throw_disk (
        error, domain, disk,
        "it is shareable, so another domain may write to it at the same time");
  if (active && disk->transient)
    return vg_plan_throw_disk (
        error, domain, disk,
        "it is transient, and libvirt takes no backup of a transient disk "
        "while the domain is running; shut the domain off first");
  if (active && disk->device == VG_DEVICE_LUN)
    return vg_plan_throw_disk (
        error, domain, disk,
        "it is a passed-through LUN, whose writes the "
        "hypervisor doesn't see; shut the domain off first");
  return TRUE;
}

/* For a disk that the hypervisor decrypts. */
static gboolean
choose_ciphertext (const VgPlanSources *sources, VgPlanSource *source,
                   const VgRequest *request, GPtrArray *warnings,
                   GError **error)
{
  VgEncrypted encrypted = vg_request_get_encrypted (request);

  if (vg_source_find_encrypted (source->disk->source) == NULL)
    return TRUE;
  if (sources->savepoint != NULL)
    return vg_plan_throw_disk (error, sources->domain, source->disk,
                               "it is encrypted, and libvirt snapshots of "
                               "encrypted disks can't be exported");
  if (!vg_encryption_check (sources->domain, source->disk, encrypted,
                            request->format, error))
    return FALSE;
  source->ciphertext = encrypted == VG_ENCRYPTED_KEEP;
  if (!source->ciphertext)
    g_ptr_array_add (
        warnings,
        g_strdup_printf ("the image of the encrypted disk %s is not encrypted",
                         source->disk->target));
  return TRUE;
}

gboolean
vg_plan_source_check (const VgPlanSources *sources, VgPlanSource *source,
                      const VgRequest *request, GPtrArray *warnings,
                      GError **error)
{
  return check_disk (sources->domain, source->disk, sources->active, error)
         && choose_ciphertext (sources, source, request, warnings, error);
}

/* qemu-nbd reads a shut-off domain's disk, but may not read from the network.
 */
static gboolean
check_readable (const VgPlanSources *sources, const VgPlanSource *source,
                const VgRbdFacts *rbd, GError **error)
{
  if (sources->active || rbd == NULL || rbd->problem == NULL)
    return TRUE;
  g_propagate_prefixed_error (error, g_error_copy (rbd->problem),
                              "disk %s of domain %s can't be read: ",
                              source->disk->target, sources->domain->name);
  return FALSE;
}

static void
measure_source (VgPlanSource *source, const VgPlanFacts *facts)
{
  const guint64 *capacity = NULL;

  if (facts->capacities != NULL)
    capacity = g_hash_table_lookup (facts->capacities, source->disk->target);
  source->capacity = capacity != NULL ? *capacity : 0;
}

gboolean
vg_plan_source_choose_way (const VgPlanSources *sources, VgPlanSource *source,
                           const VgPlanImage *image, const VgPlanFacts *facts,
                           GPtrArray *warnings, GError **error)
{
  const VgRbdFacts *rbd = vg_plan_source_get_rbd (source, facts);
  VgTransportQuestion question = {
    .disk = source->disk,
    .rbd = rbd,
    .choice = image->choice,
    .format = image->format,
    .apart = sources->active && sources->list->len > 1
             && !vg_plan_sources_will_freeze (sources),
  };

  measure_source (source, facts);
  if (sources->savepoint != NULL) {
    source->way = VG_TRANSPORT_SAVED;
    return TRUE;
  }
  source->way = vg_transport_choose (&question, &source->way_reason);
  if (rbd != NULL && rbd->problem != NULL)
    g_ptr_array_add (warnings, g_strdup_printf ("disk %s is read in full: %s",
                                                source->disk->target,
                                                rbd->problem->message));
  if (source->ciphertext
      && !vg_encryption_check_way (sources->domain, source->disk,
                                   sources->active, source->way, error))
    return FALSE;
  return check_readable (sources, source, rbd, error);
}
