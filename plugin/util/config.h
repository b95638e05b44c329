/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration: /etc/virt-glance/virt-glance.conf, a key file.
 *
 * Where nova.conf has the same option it has the same name and default here.
 * Unknown sections and keys are errors, with their line, so that a misspelt
 * option is not silently ignored. See virt-glance.conf(5).
 */
#pragma once

#include <glib.h>

#define VG_CONFIG_ERROR (vg_config_error_quark ())
typedef enum {
  VG_CONFIG_ERROR_READ,  /* the file can't be read */
  VG_CONFIG_ERROR_VALUE, /* a line is wrong; the message has its number */
} VgConfigError;
GQuark vg_config_error_quark (void);

/* [store:NAME]: one of Glance's stores, in Ceph. No member is NULL. */
typedef struct {
  char *name; /* its id in Glance */
  char *fsid; /* a UUID, the cluster's, as written */
  char *pool;
} VgConfigStore;

/* Strings are NULL where not set. Read-only once loaded; shared by threads. */
typedef struct {
  char *path; /* of the file that was read, or NULL */

  /* [DEFAULT] */
  char *state_path;   /* journals and locks; kept over a reboot */
  char *runtime_path; /* sockets; gone with a reboot */

  /* [glance]: which store, and how the image service is reached */
  char *store;
  gboolean allow_user_store;
  gboolean copy_to_base_stores;
  gboolean owner_self; /* images are the project's that one signed in to, not
                          the instance's */
  char *endpoint_override;
  guint num_retries;   /* after the first try */
  guint timeout;       /* s without a byte moving before a try is given up */
  guint64 upload_rate; /* bytes a second; 0: no limit */
  char *cafile;
  char *certfile;
  char *keyfile;
  gboolean insecure;
  char *region_name;
  char **valid_interfaces; /* in order of preference, NULL-ended */

  /* [glance]: credentials, as keystoneauth names them */
  char *cloud; /* an entry of clouds.yaml */
  char *auth_type;
  char *auth_url;
  char *username;
  char *user_id;
  char *password;
  char *user_domain_name;
  char *user_domain_id;
  char *project_name;
  char *project_id;
  char *project_domain_name;
  char *project_domain_id;
  char *application_credential_id;
  char *application_credential_name;
  char *application_credential_secret;
  char *token;

  /* [libvirt] */
  char *connection_uri;        /* NULL: libvirt's own choice */
  char *snapshot_image_format; /* "raw", "qcow2" or NULL: by store and disk */
  char *snapshot_compression;  /* "false", "true", "zlib" or "zstd" */
  char *snapshots_directory;   /* where the scratch files go */
  guint64 scratch_reserve;     /* bytes that must stay free there */
  char *quiesce;               /* "auto", "require" or "never" */
  guint quiesce_timeout;       /* s that a guest stays frozen at most */

  /* [agent] */
  guint workers;          /* jobs at a time */
  guint drain_timeout;    /* s that they get to end when the agent does */
  char *policy_directory; /* of files of standing orders */
  char *libvirt_snapshot_directory; /* where libvirt notes its snapshots */

  /* [ceph]: how clusters are reached, named as in cinder.conf */
  char *rbd_ceph_conf;    /* a ceph.conf; NULL: where Ceph looks for one */
  char *rbd_user;         /* without "client." */
  char *rbd_secret_uuid;  /* a libvirt secret with the user's key */
  char *rbd_keyring;      /* a file with the user's key */
  gboolean flatten_after; /* flatten the clone once the image is active */

  GPtrArray *rbd_stores; /* of VgConfigStore, in the file's order */
} VgConfig;

/* The built-in defaults. Free with vg_config_free(). */
VgConfig *vg_config_new (void);
void vg_config_free (VgConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgConfig, vg_config_free)

/* Reads the file over the defaults. With path NULL the default file is read if
 * it exists, and it is no error if it doesn't. A file that holds a secret and
 * that others may read is used all the same, with a warning. NULL with a
 * VG_CONFIG_ERROR whose message begins with "FILE:LINE: ". */
VgConfig *vg_config_load (const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
