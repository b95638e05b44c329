/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is wanted of a domain by others than the command line: single requests
 * and standing orders. They stand in its <metadata>, where virsh and libvirt
 * put them, or in files of the host's, since Nova rewrites the metadata. Both
 * are described in virt-glance-policy(7). Everything in them is untrusted: what
 * is unknown or malformed is an error, never passed over. */
#pragma once

#include <glib.h>

#include "domain/domain.h"

#define VG_POLICY_URI "urn:virt-glance:policy"
#define VG_REQUEST_URI "urn:virt-glance:request"
#define VG_STATUS_URI "urn:virt-glance:status"

#define VG_POLICY_ERROR (vg_policy_error_quark ())
typedef enum {
  VG_POLICY_ERROR_SYNTAX, /* an element, attribute or option is wrong; the
                             message says which, and what is allowed */
  VG_POLICY_ERROR_READ,   /* a file of policies can't be read */
} VgPolicyError;
GQuark vg_policy_error_quark (void);

/* What happens to a domain that a policy may answer. */
typedef enum {
  VG_EVENT_STOPPED,  /* it is shut off */
  VG_EVENT_BACKUP,   /* it is time for one */
  VG_EVENT_SNAPSHOT, /* libvirt has a new snapshot of it */
} VgEvent;

/* What the image shall be like; words as on the command line, not yet looked
 * at any closer. NULL where nothing is said. */
typedef struct {
  char *name; /* of the image; in requests alone */
  char *from; /* the libvirt snapshot that it is to be of; in requests for
                 snapshots alone */
  char *store;
  char *format;
  char *quiesce;
  char *encrypted;
  char *compress;
  char **disks; /* NULL: the root disk */
  gboolean all_disks;
  char *backup_type; /* of a backup; NULL: it is none */
  guint rotation;    /* of a backup: so many are kept */
  char **reasons;    /* of a stop, as virsh has them ("shutdown"); in answers to
                        VG_EVENT_STOPPED alone, and never NULL there */
} VgWish;

void vg_wish_free (VgWish *wish);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgWish, vg_wish_free)

/* The wish in a request's element, such as "<snapshot name='x'/>", or
 * "<backup type='daily' rotation='7'/>", in any namespace. NULL with
 * VG_POLICY_ERROR_SYNTAX or VG_DOMAIN_ERROR_XML. */
VgWish *vg_wish_parse (const char *xml, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Sets *wish to what the domain's policy wants when event happens: what its own
 * policy element says, else the first section of the files FOLDER/NAME.conf, in
 * the order of their names, that is about this event and this domain. *wish is
 * NULL where nothing is wanted. FALSE with VG_POLICY_ERROR where the policy
 * element, or a file that was come to, is wrong. Free *wish with
 * vg_wish_free(). Reads files, and nothing else. */
gboolean vg_policy_find (const VgDomain *domain, VgEvent event,
                         const char *folder, VgWish **wish, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
