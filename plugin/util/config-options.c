/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A new option of the configuration is a line here. */
#include "util/config-options.h"

#include <string.h>

#define AT(field) G_STRUCT_OFFSET (VgConfig, field)
#define AUTH(field)                                                            \
  {                                                                            \
    "glance", #field, VG_CONFIG_STRING, AT (field)                             \
  }
#define SECRET(field)                                                          \
  {                                                                            \
    "glance", #field, VG_CONFIG_STRING, AT (field), NULL, NULL, TRUE           \
  }

static const VgConfigOption options[] = {
  { "DEFAULT", "state_path", VG_CONFIG_PATH, AT (state_path),
    VG_LOCALSTATEDIR "/lib/virt-glance" },
  { "DEFAULT", "runtime_path", VG_CONFIG_PATH, AT (runtime_path),
    VG_RUNSTATEDIR "/virt-glance" },
  { "DEFAULT", "metrics_file", VG_CONFIG_PATH, AT (metrics_file) },
  { "DEFAULT", "drain_file", VG_CONFIG_PATH, AT (drain_file),
    VG_SYSCONFDIR "/virt-glance/drain" },
  { "DEFAULT", "confine_helpers", VG_CONFIG_BOOLEAN, AT (confine_helpers),
    "true" },
  { "DEFAULT", "max_jobs", VG_CONFIG_COUNT, AT (max_jobs), "0" },
  { "DEFAULT", "rollback_timeout", VG_CONFIG_COUNT, AT (rollback_timeout),
    "60" },

  { "glance", "store", VG_CONFIG_STRING, AT (store) },
  { "glance", "allow_user_store", VG_CONFIG_BOOLEAN, AT (allow_user_store),
    "true" },
  { "glance", "copy_to_base_stores", VG_CONFIG_BOOLEAN,
    AT (copy_to_base_stores), "false" },
  { "glance", "owner", VG_CONFIG_SWITCH, AT (owner_self), "instance",
    "instance|self" },
  { "glance", "endpoint_override", VG_CONFIG_STRING, AT (endpoint_override) },
  { "glance", "num_retries", VG_CONFIG_COUNT, AT (num_retries), "3" },
  { "glance", "timeout", VG_CONFIG_COUNT, AT (timeout), "60" },
  { "glance", "upload_rate", VG_CONFIG_SIZE, AT (upload_rate), "0" },
  { "glance", "host_upload_rate", VG_CONFIG_SIZE, AT (host_upload_rate), "0" },
  { "glance", "cafile", VG_CONFIG_STRING, AT (cafile) },
  { "glance", "certfile", VG_CONFIG_STRING, AT (certfile) },
  { "glance", "keyfile", VG_CONFIG_STRING, AT (keyfile) },
  { "glance", "insecure", VG_CONFIG_BOOLEAN, AT (insecure), "false" },
  { "glance", "region_name", VG_CONFIG_STRING, AT (region_name) },
  { "glance", "valid_interfaces", VG_CONFIG_LIST, AT (valid_interfaces),
    "internal,public" },
  AUTH (cloud),
  AUTH (auth_from),
  AUTH (auth_type),
  AUTH (auth_url),
  AUTH (username),
  AUTH (user_id),
  SECRET (password),
  AUTH (user_domain_name),
  AUTH (user_domain_id),
  AUTH (project_name),
  AUTH (project_id),
  AUTH (project_domain_name),
  AUTH (project_domain_id),
  AUTH (application_credential_id),
  AUTH (application_credential_name),
  SECRET (application_credential_secret),
  SECRET (token),

  { "libvirt", "connection_uri", VG_CONFIG_STRING, AT (connection_uri) },
  { "libvirt", "snapshot_image_format", VG_CONFIG_CHOICE,
    AT (snapshot_image_format), NULL, "raw|qcow2" },
  { "libvirt", "snapshot_compression", VG_CONFIG_COMPRESSION,
    AT (snapshot_compression), "false" },
  { "libvirt", "snapshots_directory", VG_CONFIG_PATH, AT (snapshots_directory),
    VG_LOCALSTATEDIR "/lib/virt-glance/snapshots" },
  { "libvirt", "scratch_reserve", VG_CONFIG_SIZE, AT (scratch_reserve), "1G" },
  { "libvirt", "quiesce", VG_CONFIG_CHOICE, AT (quiesce), "auto",
    "auto|require|never" },
  { "libvirt", "quiesce_timeout", VG_CONFIG_COUNT, AT (quiesce_timeout), "5" },
  { "libvirt", "keep_definition", VG_CONFIG_CHOICE, AT (keep_definition),
    "backups", "backups|always|never" },

  { "agent", "workers", VG_CONFIG_POSITIVE, AT (workers), "2" },
  { "agent", "drain_timeout", VG_CONFIG_COUNT, AT (drain_timeout), "60" },
  { "agent", "retry_hours", VG_CONFIG_COUNT, AT (retry_hours), "24" },
  { "agent", "policy_directory", VG_CONFIG_PATH, AT (policy_directory),
    VG_SYSCONFDIR "/virt-glance/policy.d" },
  { "agent", "libvirt_snapshot_directory", VG_CONFIG_PATH,
    AT (libvirt_snapshot_directory), "/var/lib/libvirt/qemu/snapshot",
    .former = "snapshot_directory" },

  { "ceph", "rbd_ceph_conf", VG_CONFIG_PATH, AT (rbd_ceph_conf) },
  { "ceph", "rbd_user", VG_CONFIG_STRING, AT (rbd_user) },
  { "ceph", "rbd_secret_uuid", VG_CONFIG_UUID, AT (rbd_secret_uuid) },
  { "ceph", "rbd_keyring", VG_CONFIG_PATH, AT (rbd_keyring) },
  { "ceph", "flatten", VG_CONFIG_SWITCH, AT (flatten_after), "before",
    "before|after" },
};

#define STORE_AT(field) G_STRUCT_OFFSET (VgConfigStore, field)

static const VgConfigOption store_options[] = {
  { "store:NAME", "fsid", VG_CONFIG_UUID, STORE_AT (fsid) },
  { "store:NAME", "rbd_store_pool", VG_CONFIG_STRING, STORE_AT (pool) },
};

const VgConfigOption *
vg_config_options (gsize *n)
{
  *n = G_N_ELEMENTS (options);
  return options;
}

const VgConfigOption *
vg_config_store_options (gsize *n)
{
  *n = G_N_ELEMENTS (store_options);
  return store_options;
}

static gboolean
is_called (const VgConfigOption *option, const char *key)
{
  return strcmp (option->key, key) == 0
         || (option->former != NULL && strcmp (option->former, key) == 0);
}

const VgConfigOption *
vg_config_find_option (const char *section, const char *key)
{
  if (g_str_has_prefix (section, VG_CONFIG_STORE)) {
    for (gsize i = 0; i < G_N_ELEMENTS (store_options); i++)
      if (strcmp (store_options[i].key, key) == 0)
        return &store_options[i];
    return NULL;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    if (strcmp (options[i].section, section) == 0
        && is_called (&options[i], key))
      return &options[i];
  return NULL;
}

gboolean
vg_config_is_section (const char *section)
{
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    if (strcmp (options[i].section, section) == 0)
      return TRUE;
  return FALSE;
}
