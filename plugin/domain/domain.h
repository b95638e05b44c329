/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a domain's XML says that a snapshot needs to know.
 *
 * The XML is untrusted text: nothing is fetched, no entity is expanded, a
 * document type declaration is refused, sizes are limited.
 * https://libvirt.org/formatdomain.html; Nova's metadata:
 * http://openstack.org/xmlns/libvirt/nova/1.0 and 1.1.
 */
#pragma once

#include <glib.h>

#include "domain/error.h"
#include "util/source.h"

/* The namespace of the policy element in <metadata>. */
#define VG_POLICY_URI "urn:virt-glance:policy"

/* Longest XML that is read, in bytes. */
#define VG_DOMAIN_XML_MAX ((gsize) 8 << 20)

typedef enum {
  VG_DEVICE_DISK,
  VG_DEVICE_LUN,
  VG_DEVICE_CDROM,
  VG_DEVICE_FLOPPY,
} VgDiskDevice;

typedef struct {
  char *target; /* "vda": <target dev=…>, never NULL */
  char *bus;    /* "virtio" … or NULL */
  VgDiskDevice device;
  VgSource *source; /* the top of the chain; never NULL */
  gboolean readonly;
  gboolean shareable;
  gboolean transient;
  char *serial;     /* or NULL */
  char *alias;      /* <alias name=…>, or NULL */
  guint boot_order; /* 1 is first; 0: none given */
  /* UUID of the Cinder volume that it is (by serial, by alias "ua-UUID", or
   * by a source name volume-UUID), or NULL. */
  char *volume_id;
} VgDomainDisk;

/* By what we know where the root disk came from. */
typedef enum {
  VG_ORIGIN_UNKNOWN, /* nothing says which image the guest was made from */
  VG_ORIGIN_IMAGE,   /* image_ref has it */
  VG_ORIGIN_VOLUME,  /* the root disk is a volume */
} VgOrigin;

typedef struct {
  char *name;         /* never NULL */
  char *uuid;         /* lower case; NULL where the XML has none */
  char *type;         /* "kvm", "qemu" … or NULL */
  GPtrArray *disks;   /* of VgDomainDisk, in the XML's order */
  VgDomainDisk *root; /* one of disks; NULL: no disk at all */

  VgOrigin origin;
  char *image_ref; /* the base image's UUID, lower case, or NULL; of a volume:
                      the image it was filled from, where Nova says */
  const char *origin_from; /* static: what said so, for people: "nova:root",
                              "nova:image", "the policy element", "the disk's
                              serial" …; NULL where origin is unknown */
  char *origin_problem;    /* why something that names a base image was passed
                              over, a clause for people; or NULL */

  gboolean is_nova; /* has Nova's metadata */
  char *nova_name;  /* the instance's display name, or NULL */
  char *owner_project, *owner_project_name; /* or NULL */
  char *owner_user, *owner_user_name;       /* or NULL */
  char *flavor;                             /* the flavor's name, or NULL */
  char *flavor_store;  /* what its extra spec image_service:store_id says: the
                          store for its guests' images; or NULL */
  guint64 flavor_disk; /* GiB of the flavor's root disk; 0: unknown */
  gboolean require_quiesce; /* the image's property os_require_quiesce, as Nova
                               notes it since version 32 */
  gboolean has_agent; /* the guest agent's channel org.qemu.guest_agent.0 */
  gboolean agent_connected; /* that channel's state='connected' (live XML) */
  char *dac_label;          /* of a running one: "+64055:+64055", or NULL */
  char *confined_by;        /* what confines a running one, by libvirt's name:
                               "apparmor", "selinux"; or NULL */

  GPtrArray *hardware; /* of VgImageProperty, never NULL; see hardware.h */

  char **not_contained; /* what the guest keeps elsewhere than on its disks:
                           "nvram", "tpm"; NULL-ended, never NULL */

  char *policy; /* the policy element, XML with its namespaces; or NULL. It is
                   untrusted: see request/policy.h */
} VgDomain;

/* Reads length bytes (-1: up to the NUL) of XML. Never touches network or
 * files. A domain without disks is no error here: root is NULL. Returns NULL
 * with VG_DOMAIN_ERROR_XML. Free with vg_domain_free(). */
VgDomain *vg_domain_parse (const char *xml, gssize length, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_domain_free (VgDomain *domain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgDomain, vg_domain_free)

/* The disk of that target name ("vda") or source path, as virsh's --disk
 * finds it; borrowed. NULL with VG_DOMAIN_ERROR_UNKNOWN_DISK, which lists
 * those there are. */
VgDomainDisk *vg_domain_find_disk (const VgDomain *domain, const char *name,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The words of not_contained for people: "the firmware's variables (NVRAM) and
 * the state of the TPM". NULL where there are none. Free with g_free(). */
char *vg_domain_describe_kept (char **words);

/* The root disk, borrowed. NULL with VG_DOMAIN_ERROR_NO_DISK, which says
 * whether there is nothing at all or only a cdrom, say. */
VgDomainDisk *vg_domain_get_root (const VgDomain *domain, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
