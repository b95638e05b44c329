/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest's hardware and system, from its XML, as Nova's image properties, so
 * that an image boots on the same hardware again:
 * https://docs.openstack.org/glance/latest/admin/useful-image-properties.html.
 * Only values that Nova knows (its enumerations in nova/objects/fields.py) are
 * used; values that Nova would refuse are left out. */
#pragma once

#include "domain/domain.h"

typedef struct {
  const char *key;   /* "hw_scsi_model" */
  const char *needs; /* NULL, or the key ("hw_disk_bus") of a property: this
                        one is useless without that one's value here */
  char *value;
} VgImageProperty;

/* The value of the domain's property key, borrowed; NULL: not set. */
const char *vg_domain_get_trait (const VgDomain *domain, const char *key);
