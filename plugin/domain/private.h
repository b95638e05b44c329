/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pieces that vg_domain_parse() is made of. Private to the room. */
#pragma once

#include "domain/domain.h"
#include "domain/xml.h"

/* Deepest backing chain that is read; libvirt's own limit. */
#define VG_DOMAIN_CHAIN_MAX 200

/* Appends a VgDomainDisk for every <disk> of devices (which may be NULL).
 * FALSE with VG_DOMAIN_ERROR_XML. */
gboolean vg_domain_read_disks (xmlNode *devices, GPtrArray *disks,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vg_domain_disk_free (gpointer disk);

/* Fills what Nova says, volume_id of the disks, root and the origin, from
 * domain's name and disks and from <metadata> (which may be NULL). */
void vg_domain_read_origin (xmlNode *metadata, VgDomain *domain);

/* Fills hardware, from all of the XML, root disk and agent being known. */
void vg_domain_read_hardware (xmlNode *root, VgDomain *domain);
