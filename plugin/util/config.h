/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration: /etc/virt-glance/virt-glance.conf, a key file.
 *
 * Options that nova.conf has too have the same name and default here. Unknown
 * sections and keys are errors, reported with their line, so that a misspelt
 * option is not silently ignored. See virt-glance.conf(5).
 */
#pragma once

#include <glib.h>

#define VG_CONFIG_ERROR (vg_config_error_quark ())
typedef enum {
  VG_CONFIG_ERROR_READ,  /* the file can't be read */
  VG_CONFIG_ERROR_VALUE, /* invalid line; its number is in the message */
} VgConfigError;
GQuark vg_config_error_quark (void);

/* [store:NAME]: a Glance store in Ceph. No member is NULL. */
typedef struct {
  char *name; /* the store's id in Glance */
  char *fsid; /* the cluster's UUID, as written */
  char *pool;
} VgConfigStore;

/* Unset strings are NULL. Read-only after loading; shared by threads. */
typedef struct {
  char *path; /* of the file that was read, or NULL */

  /* [DEFAULT] */
  char *state_path;   /* journals and locks; survives a reboot */
  char *runtime_path; /* sockets; lost on a reboot */
  char *metrics_file; /* for Prometheus; NULL: none */
  char *drain_file;   /* while it exists, nothing new begins; NULL: never */
  gboolean confine_helpers;
  guint max_jobs;         /* at once on this host; 0: no limit */
  guint rollback_timeout; /* s from a signal to the end of the process; 0: no
                             limit */

  /* [glance]: choice of the store, and access to the image service */
  char *store;
  gboolean allow_user_store;
  gboolean copy_to_base_stores;
  gboolean owner_self; /* images are owned by the project we authenticate to,
                          not the instance's */
  char *endpoint_override;
  guint num_retries;        /* in addition to the first try */
  guint timeout;            /* idle timeout of a transfer, in s */
  guint64 upload_rate;      /* bytes a second; 0: no limit */
  guint64 host_upload_rate; /* of all uploads of the host together; likewise */
  char *cafile;
  char *certfile;
  char *keyfile;
  gboolean insecure;
  char *region_name;
  char **valid_interfaces; /* in order of preference, NULL-terminated */

  /* [glance]: credentials, as keystoneauth names them */
  char *cloud;     /* an entry of clouds.yaml */
  char *auth_from; /* FILE:SECTION, of an OpenStack service's configuration */
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
  char *connection_uri;        /* NULL: libvirt's default */
  char *snapshot_image_format; /* "raw", "qcow2", or NULL: chosen by store and
                                  disk */
  char *snapshot_compression;  /* "false", "true", or as --compress */
  char *snapshots_directory;   /* of the scratch files */
  guint64 scratch_reserve;     /* bytes to leave free there */
  char *quiesce;               /* "auto", "require" or "never" */
  guint quiesce_timeout;       /* longest freeze of a guest, in s */
  char *keep_definition;       /* with which images: "backups", "always" or
                                  "never" */

  /* [agent] */
  guint workers;          /* concurrent jobs */
  guint retry_hours;      /* since it was asked for, for which an order is tried
                           */
  guint drain_timeout;    /* s to let jobs finish when the agent stops */
  char *policy_directory; /* of policy files */
  char *libvirt_snapshot_directory; /* where libvirt stores its snapshot
                                       metadata */

  /* [ceph]: access to clusters; names as in cinder.conf */
  char *rbd_ceph_conf;    /* a ceph.conf; NULL: Ceph's default path */
  char *rbd_user;         /* without "client." */
  char *rbd_secret_uuid;  /* a libvirt secret with the user's key */
  char *rbd_keyring;      /* a file containing the user's key */
  gboolean flatten_after; /* flatten the clone after the image is active */

  GPtrArray *rbd_stores; /* of VgConfigStore, in the file's order */
} VgConfig;

/* The built-in defaults. Free with vg_config_free(). */
VgConfig *vg_config_new (void);
void vg_config_free (VgConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgConfig, vg_config_free)

/* Reads the file over the defaults. path NULL: the default file, which may be
 * missing. A file that holds a secret and is readable by others is accepted
 * with a warning. NULL with a VG_CONFIG_ERROR whose message begins with
 * "FILE:LINE: ". */
VgConfig *vg_config_load (const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
