/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The facts in a domain's XML that a snapshot needs.
 *
 * The XML is untrusted: nothing is fetched, no entity is expanded, a document
 * type declaration is refused, sizes are limited.
 * https://libvirt.org/formatdomain.html; Nova's metadata:
 * http://openstack.org/xmlns/libvirt/nova/1.0 and 1.1.
 */
#pragma once

#include <glib.h>

#include "domain/error.h"
#include "util/source.h"

/* The namespace of the policy element in <metadata>. */
#define VG_POLICY_URI "urn:virt-glance:policy"

/* Maximum length of the XML, in bytes. */
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
  VgSource *source; /* top of the chain; never NULL */
  gboolean readonly;
  gboolean shareable;
  gboolean transient;
  gboolean mirrored; /* a block job copies it: <mirror>, live XML */
  char *serial;      /* or NULL */
  char *alias;       /* <alias name=…>, or NULL */
  guint boot_order;  /* 1 is first; 0: not given */
  /* UUID of the disk's Cinder volume (from the serial, the alias "ua-UUID", or
   * a source name volume-UUID), or NULL. */
  char *volume_id;
  gboolean is_swap; /* Nova's swap disk, which holds nothing of lasting worth;
                       never the root disk */
} VgDomainDisk;

/* A property of the base image, as Nova recorded it, with its defaults. */
typedef struct {
  char *name;
  char *value;
} VgNovaProperty;

/* The origin of the root disk. */
typedef enum {
  VG_ORIGIN_UNKNOWN, /* base image unknown */
  VG_ORIGIN_IMAGE,   /* an image: image_ref */
  VG_ORIGIN_VOLUME,  /* the root disk is a volume */
} VgOrigin;

typedef struct {
  char *name;         /* never NULL */
  char *uuid;         /* lower case; NULL if missing */
  char *type;         /* "kvm", "qemu" … or NULL */
  GPtrArray *disks;   /* of VgDomainDisk, in the XML's order */
  VgDomainDisk *root; /* one of disks; NULL: no disk */

  VgOrigin origin;
  char *image_ref; /* UUID of the base image, lower case, or NULL; of a volume:
                      the image it was created from, if Nova tells */
  const char *origin_from; /* static: source of the origin, for users:
                              "nova:root", "nova:image", "the policy element",
                              "the disk's serial" …; NULL if origin is
                              unknown */
  char *origin_problem;    /* why a reference to a base image was ignored: a
                              clause for users; or NULL */

  gboolean is_nova; /* has Nova's metadata */
  char *nova_name;  /* the instance's display name, or NULL */
  char *owner_project, *owner_project_name; /* or NULL */
  char *owner_user, *owner_user_name;       /* or NULL */
  char *flavor;                             /* the flavor's name, or NULL */
  char *flavor_store;  /* value of its extra spec image_service:store_id, the
                          store for images of its instances; or NULL */
  guint64 flavor_disk; /* GiB of the flavor's root disk; 0: unknown */
  GPtrArray *nova_properties; /* of VgNovaProperty, in the XML's order, never
                                 NULL; Nova records them since version 32 */
  gboolean require_quiesce;   /* among them, os_require_quiesce */
  gboolean has_agent; /* has the guest agent's channel org.qemu.guest_agent.0 */
  gboolean agent_connected; /* that channel's state='connected' (live XML) */
  char *dac_label;          /* of a running domain: "+64055:+64055", or NULL */
  char *confined_by;        /* security driver that confines a running domain,
                               libvirt's name: "apparmor", "selinux"; or NULL */

  GPtrArray *hardware; /* of VgImageProperty, never NULL; see hardware.h */

  char **not_contained; /* guest state stored outside of its disks: "nvram",
                           "tpm", "memory" (see below); NULL-terminated, never
                           NULL */

  char *policy; /* the policy element, as XML with its namespaces; or NULL.
                   Untrusted: see request/policy.h */
  gboolean policy_is_defined; /* the running domain has no policy element, and
                                 policy is that of its definition */
  char **strays; /* a sentence for each element of the metadata that looks like
                    ours and has no effect; NULL-terminated, never NULL */
} VgDomain;

/* Parses length bytes (-1: up to the NUL) of XML. Accesses neither network nor
 * files. A domain without disks is no error here: root is NULL. Returns NULL
 * with VG_DOMAIN_ERROR_XML. Free with vg_domain_free(). */
VgDomain *vg_domain_parse (const char *xml, gssize length, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_domain_free (VgDomain *domain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgDomain, vg_domain_free)

/* The disk with that target name ("vda") or source path, as virsh's --disk;
 * borrowed. NULL with VG_DOMAIN_ERROR_UNKNOWN_DISK, whose message lists the
 * domain's disks. */
VgDomainDisk *vg_domain_find_disk (const VgDomain *domain, const char *name,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Completes a running domain by its definition (libvirt's inactive XML), if
 * only this has a policy element or strays: virsh metadata --config changes
 * nothing else. Takes from definition what it needs. */
void vg_domain_adopt_policy (VgDomain *domain, VgDomain *definition);

/* Adds "memory" to not_contained, which the XML doesn't tell: the domain is
 * saved. */
void vg_domain_set_saved (VgDomain *domain);

/* Describes not_contained for users: "the firmware's variables (NVRAM) and the
 * state of the TPM". NULL if it is empty. Free with g_free(). */
char *vg_domain_describe_kept (char **words);

/* The root disk, borrowed. NULL with VG_DOMAIN_ERROR_NO_DISK, whose message
 * says whether the domain has no disks at all, or only e.g. a cdrom. */
VgDomainDisk *vg_domain_get_root (const VgDomain *domain, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
