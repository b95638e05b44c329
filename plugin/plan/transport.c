/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choice of a disk's transport. */
#include "plan/transport.h"

#include <string.h>

static const struct {
  const char *name;
  const char *description;
  gboolean needs_rbd_snapshot;
} transports[] = {
  [VG_TRANSPORT_READ] = { "read", "read through the hypervisor", FALSE },
  [VG_TRANSPORT_STREAM] = { "stream", "an RBD snapshot is uploaded", TRUE },
  [VG_TRANSPORT_CLONE] = { "clone", "an RBD snapshot is cloned", TRUE },
  [VG_TRANSPORT_SAVED] = { "saved", "the libvirt snapshot's state is read",
                           FALSE },
};
G_STATIC_ASSERT (G_N_ELEMENTS (transports) == VG_N_TRANSPORTS);

const char *
vg_transport_to_string (VgTransport way)
{
  return transports[way].name;
}

const char *
vg_transport_describe (VgTransport way)
{
  return transports[way].description;
}

gboolean
vg_transport_needs_rbd_snapshot (VgTransport way)
{
  return transports[way].needs_rbd_snapshot;
}

void
vg_rbd_facts_free (VgRbdFacts *facts)
{
  if (facts == NULL)
    return;
  g_clear_error (&facts->problem);
  g_free (facts->fsid);
  g_free (facts);
}

gboolean
vg_transport_is_rbd (const VgDomainDisk *disk)
{
  const VgSource *source = disk->source;

  return vg_source_is_rbd (source) && source->name != NULL
         && source->snapshot == NULL && source->backing == NULL
         && !source->has_slice
         && (source->format == NULL || strcmp (source->format, "raw") == 0);
}

/* The reason against a clone in the store's pool; NULL: none. */
static char *
refuse_clone (const VgTransportQuestion *question)
{
  const VgStoreChoice *choice = question->choice;
  g_autofree char *store = NULL;

  if (choice == NULL)
    return g_strdup ("its store is unknown");
  store = vg_store_describe (choice->store);
  if (g_strcmp0 (choice->type, "rbd") != 0)
    return g_strdup_printf ("%s is not known to be in Ceph", store);
  if (choice->fsid == NULL || choice->pool == NULL)
    return g_strdup_printf ("the cluster and pool of %s are unknown; set them "
                            "in section [store:%s] of the configuration",
                            store, choice->store);
  if (g_ascii_strcasecmp (choice->fsid, question->rbd->fsid) != 0)
    return g_strdup_printf ("%s is in another Ceph cluster", store);
  if (question->format != VG_IMAGE_RAW)
    return g_strdup_printf ("the image format is %s, but a clone is raw",
                            vg_image_format_to_string (question->format));
  if (!question->rbd->can_clone)
    return g_strdup ("the RBD image lacks the feature 'layering'");
  return NULL;
}

VgTransport
vg_transport_choose (const VgTransportQuestion *question, char **reason)
{
  const VgRbdFacts *rbd = question->rbd;
  g_autofree char *store = NULL;

  *reason = NULL;
  if (!vg_transport_is_rbd (question->disk) || rbd == NULL)
    return VG_TRANSPORT_READ;
  if (rbd->problem != NULL) {
    *reason = g_strdup (rbd->problem->message);
    return VG_TRANSPORT_READ;
  }
  if (question->apart) {
    *reason =
        g_strdup ("only the hypervisor can capture several disks of a running "
                  "guest at one instant, unless the guest is frozen");
    return VG_TRANSPORT_READ;
  }
  *reason = refuse_clone (question);
  if (*reason != NULL)
    return VG_TRANSPORT_STREAM;
  store = vg_store_describe (question->choice->store);
  *reason = g_strdup_printf ("%s is in the disk's Ceph cluster", store);
  return VG_TRANSPORT_CLONE;
}
