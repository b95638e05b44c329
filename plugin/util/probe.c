/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Has a child look at the file. */
#include "util/probe.h"

#include <linux/magic.h>

#include "util/look.h"
#include "util/probe-look.h"

/* Those of older headers, too. */
#define CONFIGFS 0x62656570
#define EFIVARFS 0xde5e81e4
#define FUSECTL 0x65735543
#define MQUEUE 0x19800202

static const struct {
  guint64 magic;
  const char *name;
} kernels[] = {
  { PROC_SUPER_MAGIC, "procfs" },
  { SYSFS_MAGIC, "sysfs" },
  { DEBUGFS_MAGIC, "debugfs" },
  { TRACEFS_MAGIC, "tracefs" },
  { SECURITYFS_MAGIC, "securityfs" },
  { SELINUX_MAGIC, "selinuxfs" },
  { SMACK_MAGIC, "smackfs" },
  { CGROUP_SUPER_MAGIC, "cgroup" },
  { CGROUP2_SUPER_MAGIC, "cgroup2" },
  { BPF_FS_MAGIC, "bpf" },
  { PSTOREFS_MAGIC, "pstore" },
  { EFIVARFS, "efivarfs" },
  { CONFIGFS, "configfs" },
  { BINFMTFS_MAGIC, "binfmt_misc" },
  { NSFS_MAGIC, "nsfs" },
  { DEVPTS_SUPER_MAGIC, "devpts" },
  { FUSECTL, "fusectl" },
  { MQUEUE, "mqueue" },
};

static void
look_as (const char *path, gconstpointer user, gpointer probe)
{
  vg_probe_look (path, user, probe);
}

gboolean
vg_probe_file (const char *path, const VgProbeUser *user, VgProbe *probe,
               GCancellable *cancellable, GError **error)
{
  return vg_look_ask (look_as, user, &path, 1, probe, sizeof *probe,
                      cancellable, error);
}

const char *
vg_probe_name_kernels (const VgProbe *probe)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kernels); i++)
    if (kernels[i].magic == probe->magic)
      return kernels[i].name;
  return NULL;
}
