/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A list of what is denied, not of what is allowed: new versions of QEMU and of
 * the C library use new calls for reading a file, too. The programs have
 * neither privileges nor files to misuse; the list keeps them from the parts of
 * the kernel in which holes were found most often. */
#include "disk/filter.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "disk/disk.h"

/* Names, so that an older libseccomp or another processor need not know all. */
static const char *const denied[] = {
  /* other files, other namespaces */
  "mount", "umount", "umount2", "mount_setattr", "move_mount", "open_tree",
  "fsopen", "fsconfig", "fsmount", "fspick", "pivot_root", "chroot", "unshare",
  "setns", "open_by_handle_at", "name_to_handle_at", "quotactl", "quotactl_fd",
  "mknod", "mknodat", "swapon", "swapoff", "fanotify_init",
  /* other processes */
  "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise",
  "pidfd_getfd", "kcmp",
  /* the kernel */
  "bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key",
  "kexec_load", "kexec_file_load", "init_module", "finit_module",
  "delete_module", "iopl", "ioperm", "acct", "reboot", "syslog", "settimeofday",
  "clock_settime", "adjtimex", "clock_adjtime", "sethostname", "setdomainname",
  "lookup_dcookie", "vhangup", "personality", "uselib", "modify_ldt"
};

/* Programs ask whether these exist, and do without. */
static const char *const absent[] = { "io_uring_setup", "io_uring_enter",
                                      "io_uring_register", "clone3" };

static const int namespaces[] = { CLONE_NEWNS,    CLONE_NEWUSER, CLONE_NEWPID,
                                  CLONE_NEWNET,   CLONE_NEWIPC,  CLONE_NEWUTS,
                                  CLONE_NEWCGROUP };

static gboolean
deny_list (scmp_filter_ctx filter, const char *const *names, gsize n, int code)
{
  for (gsize i = 0; i < n; i++) {
    int number = seccomp_syscall_resolve_name (names[i]);

    if (number != __NR_SCMP_ERROR
        && seccomp_rule_add (filter, SCMP_ACT_ERRNO ((guint16) code), number, 0)
               < 0)
      return FALSE;
  }
  return TRUE;
}

/* clone3() has its flags in memory, where a filter can't look; so it is absent,
 * and the C library falls back to clone(). */
static gboolean
deny_namespaces (scmp_filter_ctx filter)
{
#ifdef __s390x__
  const guint flags = 1;
#else
  const guint flags = 0;
#endif

  for (gsize i = 0; i < G_N_ELEMENTS (namespaces); i++) {
    scmp_datum_t flag = (scmp_datum_t) namespaces[i];

    if (seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (clone), 1,
                          SCMP_CMP (flags, SCMP_CMP_MASKED_EQ, flag, flag))
        < 0)
      return FALSE;
  }
  return TRUE;
}

static gboolean
deny_all (scmp_filter_ctx filter)
{
  return deny_list (filter, denied, G_N_ELEMENTS (denied), EPERM)
         && deny_list (filter, absent, G_N_ELEMENTS (absent), ENOSYS)
         && deny_namespaces (filter)
         && seccomp_rule_add (filter, SCMP_ACT_ERRNO (EAFNOSUPPORT),
                              SCMP_SYS (socket), 1,
                              SCMP_CMP (0, SCMP_CMP_NE, AF_UNIX))
                == 0;
}

int
vg_filter_open (GError **error)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
  int fd = memfd_create ("virt-glance-filter", MFD_CLOEXEC);
  gboolean ok = filter != NULL && fd >= 0 && deny_all (filter)
                && seccomp_export_bpf (filter, fd) == 0
                && lseek (fd, 0, SEEK_SET) == 0;

  if (filter != NULL)
    seccomp_release (filter);
  if (ok)
    return fd;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
               "a filter of system calls can't be made");
  if (fd >= 0)
    close (fd);
  return -1;
}
