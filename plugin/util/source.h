/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a disk's bytes are: one layer of a backing chain, as libvirt's
 * <source>, <driver type> and <backingStore> say it. The domain room fills it
 * from XML, the disk room opens it. https://libvirt.org/formatdomain.html
 */
#pragma once

#include <glib.h>

typedef enum {
  VG_SOURCE_NONE, /* no medium: an empty drive */
  VG_SOURCE_FILE,
  VG_SOURCE_BLOCK,
  VG_SOURCE_DIR,
  VG_SOURCE_NETWORK,
  VG_SOURCE_VOLUME, /* of a libvirt storage pool */
  VG_SOURCE_NVME,
  VG_SOURCE_VHOST_USER,
  VG_SOURCE_VHOST_VDPA,
  VG_SOURCE_OTHER, /* a type that we don't know; type_name has it */
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
  char *format;      /* "raw", "qcow2" …; NULL: not said (libvirt: raw) */
  char *path;        /* of a file, device, folder, or vhost-user socket */
  char *protocol;    /* network: "rbd", "iscsi", "nbd" … */
  char *name;        /* network: "pool/image", the export, … */
  char *snapshot;    /* network: <snapshot name=…>, or NULL */
  char *config_file; /* network: <config file=…> (ceph.conf), or NULL */
  gboolean tls;
  GPtrArray *hosts;  /* of VgSourceHost; empty where none */
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
  gboolean backing_known; /* an empty <backingStore/> ended the chain here, or
                             backing is set; FALSE: the image's own header
                             says what comes next */
};

VgSource *vg_source_new (VgSourceType type);
void vg_source_free (VgSource *source); /* the chain below it too */

/* Whether it is an RBD image, or what is in one. */
gboolean vg_source_is_rbd (const VgSource *source);

/* The first layer of the chain that the hypervisor decrypts; NULL: none is.
 * source: NULL where there is no chain. Borrowed. */
const VgSource *vg_source_find_encrypted (const VgSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgSource, vg_source_free)

/* A new, empty host at the end of source->hosts; owned by it. */
VgSourceHost *vg_source_add_host (VgSource *source);

/* How people call it: "/var/lib/…/disk", "rbd:vms/disk", "pool/volume",
 * "no medium". Not cleaned for terminals. Free with g_free(). */
char *vg_source_describe (const VgSource *source);

/* The monitors of a disk's <source>: "10.0.0.21:6789,[2001:db8::22]:6789"; NULL
 * where it names none. Free with g_free(). */
char *vg_source_get_monitors (const VgSource *source);
