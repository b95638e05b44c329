/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of vg_domain_parse(). Private to the room. */
#pragma once

#include "domain/domain.h"
#include "domain/xml.h"

/* Maximum depth of a backing chain; libvirt's own limit. */
#define VG_DOMAIN_CHAIN_MAX 200

/* Appends a VgDomainDisk for every <disk> of devices (may be NULL). FALSE with
 * VG_DOMAIN_ERROR_XML. */
gboolean vg_domain_read_disks (xmlNode *devices, GPtrArray *disks,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vg_domain_disk_free (gpointer disk);

/* Sets Nova's facts, volume_id of the disks, root and the origin, from domain's
 * name and disks and from <metadata> (may be NULL). */
void vg_domain_read_origin (xmlNode *metadata, VgDomain *domain);

/* The policy element of <metadata> (may be NULL), or NULL. Borrowed. */
xmlNode *vg_domain_find_policy (xmlNode *metadata);

/* Sets policy and strays from <metadata> (may be NULL). */
void vg_domain_read_policy (xmlNode *metadata, VgDomain *domain);

/* origin_from, if the policy element names the base image. */
#define VG_ORIGIN_FROM_POLICY "the policy element"

/* Sets hardware from the whole XML. Needs root disk and agent. */
void vg_domain_read_hardware (xmlNode *root, VgDomain *domain);
