/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a guest's XML says of its hardware and its system, in the words of
 * Nova's image properties, for an image that is to boot the same again:
 * https://docs.openstack.org/glance/latest/admin/useful-image-properties.html.
 * The values are those that Nova knows (its enumerations in
 * nova/objects/fields.py); what it would refuse is left out. */
#pragma once

#include "domain/domain.h"

typedef struct {
  const char *key;   /* "hw_scsi_model" */
  const char *needs; /* NULL, or the key without whose value, as it is here,
                        this one makes no sense: "hw_disk_bus" */
  char *value;
} VgImageProperty;

/* The value of the domain's trait of that key, borrowed; NULL: it has none. */
const char *vg_domain_get_trait (const VgDomain *domain, const char *key);
