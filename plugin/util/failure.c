/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of failures. */
#include "util/failure.h"

static const VgFailureTraits table[] = {
  [VG_FAILURE_OTHER] = { "failed",
                         "run the command with --debug, which shows each "
                         "request and its answer" },
  [VG_FAILURE_USAGE] = { "usage",
                         "'virt-glance help COMMAND' lists the options" },
  [VG_FAILURE_CONFIGURATION] = { "configuration",
                                 "correct virt-glance.conf or the OS_* "
                                 "variables" },
  [VG_FAILURE_DOMAIN] = { "domain",
                          "'virsh list --all' lists the domains of this host" },
  [VG_FAILURE_DISK] = { "disk",
                        "'virt-glance inspect DOMAIN' shows which disks can be "
                        "read, and how" },
  [VG_FAILURE_SNAPSHOT] = { "libvirt-snapshot", "'virsh snapshot-list DOMAIN' "
                                                "lists the snapshots" },
  [VG_FAILURE_STORE] = { "store", "'virt-glance stores' lists the stores" },
  [VG_FAILURE_AUTHENTICATION] = { "authentication",
                                  "check the credentials with 'virt-glance "
                                  "stores'" },
  [VG_FAILURE_FORBIDDEN] = { "forbidden",
                             "ask an administrator for the permission, or use "
                             "other credentials" },
  [VG_FAILURE_UNAVAILABLE] = { "unavailable", "try again later" },
  [VG_FAILURE_BUSY] = { "busy",
                        "try again when the other job has ended; 'virt-glance "
                        "jobs' lists the jobs" },
  [VG_FAILURE_LEFTOVER] = { "leftover", "run 'virt-glance recover'" },
  [VG_FAILURE_LATE] = { "late",
                        "run 'virt-glance recover', which waits for what may "
                        "still appear" },
  [VG_FAILURE_CANCELLED] = { "cancelled",
                             "run the command again if the job is still "
                             "wanted" },
  [VG_FAILURE_INTERRUPTED] = { "interrupted",
                               "run the command again if the job is still "
                               "wanted" },
  [VG_FAILURE_COPY] = { "copy",
                        "the image is active; copy it with 'openstack image "
                        "import'" },
  [VG_FAILURE_QUOTA] = { "quota", "delete images, or ask for a larger quota" },
  [VG_FAILURE_CONTENT] = { "content",
                           "choose another image format with --format" },
  [VG_FAILURE_INTEGRITY] = { "integrity",
                             "run the command again; if it fails again, check "
                             "the network and the store" },
  [VG_FAILURE_SPACE] = { "space",
                         "free space in [libvirt] snapshots_directory, or name "
                         "another directory" },
  [VG_FAILURE_GUEST_AGENT] = { "guest-agent",
                               "check the guest agent, or use --quiesce auto" },
  [VG_FAILURE_RESTLESS] = { "restless",
                            "run the command again when the domain is no "
                            "longer started and stopped" },
  [VG_FAILURE_NO_JOB] = { "no-job", "'virt-glance jobs' lists the jobs" },
  [VG_FAILURE_UNREADABLE] = { "unreadable",
                              "repair or remove the file, or use the version "
                              "that wrote it" },
  [VG_FAILURE_WINDOW] = { "window",
                          "run the command earlier, or with a later --until" },
  [VG_FAILURE_DRAINED] = { "drained",
                           "run the command on the host to which the domain "
                           "moves, or when the host is in service again" },
};

const VgFailureTraits *
vg_failure_get_traits (VgFailure failure)
{
  return &table[failure];
}

VgFailure
vg_failure_from_code (const char *code)
{
  for (gsize i = 0; code != NULL && i < G_N_ELEMENTS (table); i++)
    if (g_str_equal (table[i].code, code))
      return (VgFailure) i;
  return VG_FAILURE_OTHER;
}
