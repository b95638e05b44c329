/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pieces that vg_domain_parse() is made of. Private to the room. */
#pragma once

#include "domain/domain.h"
#include "domain/policy.h"
#include "domain/wish.h"
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

/* One <on> of the policy element. */
typedef struct {
  VgEvent event;
  VgWish *wish;
} VgAnswer;

void vg_answer_free (gpointer data);

/* Fills answers and policy_problem from <metadata> (which may be NULL). */
void vg_domain_read_policy (xmlNode *metadata, VgDomain *domain);

/* The event of that name ("stopped"; or NULL, which none has), and where the
 * words of answers to it stand. FALSE with VG_POLICY_ERROR_SYNTAX. */
gboolean vg_event_parse (const char *name, VgEvent *event, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
VgWords vg_event_get_words (VgEvent event);

/* The part of vg_policy_find() that is about files. */
gboolean vg_policy_find_in_files (const VgDomain *domain, VgEvent event,
                                  const char *folder, VgWish **wish,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
