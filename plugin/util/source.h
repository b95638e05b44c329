/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The location of a disk's bytes: one layer of a backing chain, with the fields
 * of libvirt's <source>, <driver type> and <backingStore>. The domain room
 * fills it from XML, the disk room opens it.
 * https://libvirt.org/formatdomain.html */
#pragma once

#include <glib.h>

typedef enum {
  VG_SOURCE_NONE, /* no medium: an empty drive */
  VG_SOURCE_FILE,
  VG_SOURCE_BLOCK,
  VG_SOURCE_DIR,
  VG_SOURCE_NETWORK,
  VG_SOURCE_VOLUME, /* a volume of a libvirt storage pool */
  VG_SOURCE_NVME,
  VG_SOURCE_VHOST_USER,
  VG_SOURCE_VHOST_VDPA,
  VG_SOURCE_OTHER, /* unsupported; type_name has the type */
} VgSourceType;

typedef struct {
  char *name;   /* host name or address, without brackets; or NULL */
  char *port;   /* or NULL */
  char *socket; /* path of a unix socket, or NULL */
} VgSourceHost;

typedef struct _VgSource VgSource;

struct _VgSource {
  VgSourceType type;
  char *type_name;   /* as written: "file", "network" … */
  char *format;      /* "raw", "qcow2" …; NULL: not given (libvirt: raw) */
  char *path;        /* of a file, device, directory, or vhost-user socket */
  char *protocol;    /* network: "rbd", "iscsi", "nbd" … */
  char *name;        /* network: "pool/image", the export, … */
  char *snapshot;    /* network: <snapshot name=…>, or NULL */
  char *config_file; /* network: <config file=…> (ceph.conf), or NULL */
  gboolean tls;
  GPtrArray *hosts;  /* of VgSourceHost; may be empty */
  char *auth_user;   /* <auth username=…>, or NULL */
  char *secret_type; /* of <auth>'s secret: "ceph", "iscsi" */
  char *secret_uuid;
  char *secret_usage;
  char *pool;         /* volume */
  char *volume;       /* volume */
  char *encryption;   /* format of <encryption>: "luks" …; NULL: none */
  char *key_uuid;     /* of <encryption>'s secret, or NULL */
  char *key_usage;    /* likewise */
  gboolean has_slice; /* only a slice of the file is the disk */

  VgSource *backing;      /* next layer, or NULL */
  gboolean backing_known; /* TRUE: backing is set, or an empty <backingStore/>
                             ends the chain here; FALSE: see the image's own
                             header */
};

VgSource *vg_source_new (VgSourceType type);
void vg_source_free (VgSource *source); /* and its backing chain */

/* Whether the layer is an RBD image. */
gboolean vg_source_is_rbd (const VgSource *source);

/* The first layer of the chain that the hypervisor decrypts; NULL if no layer
 * is encrypted. source: may be NULL. Borrowed. */
const VgSource *vg_source_find_encrypted (const VgSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgSource, vg_source_free)

/* Appends an empty host to source->hosts, which owns it. */
VgSourceHost *vg_source_add_host (VgSource *source);

/* A name for users: "/var/lib/…/disk", "rbd:vms/disk", "pool/volume", "no
 * medium". Not escaped for terminals. Free with g_free(). */
char *vg_source_describe (const VgSource *source);

/* The monitors of a disk's <source>: "10.0.0.21:6789,[2001:db8::22]:6789"; NULL
 * if <source> names none. Free with g_free(). */
char *vg_source_get_monitors (const VgSource *source);
