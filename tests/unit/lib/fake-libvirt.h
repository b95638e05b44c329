/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libvirt's test driver lacks: backup jobs, an agent, secrets. These files
 * define libvirt's own functions, and are linked before it. What they keep is
 * in the folder $VG_FAKE_LIBVIRT, so that another process finds it:
 *
 *   log           a line for each call, as "freeze / /boot"
 *   faults        orders; see below
 *   job-UUID/     a domain's backup job: its XML and its processes. One without
 *                 processes is somebody else's.
 *   frozen        while the guest's file systems are frozen
 *   file-systems  the guest's mount points (default: "/" and "/boot")
 *   thaw-hook     if there, a thaw that fails has thawed the guest
 *   saved         while domains that are shut off have a managed save image
 *   block-job     while each disk is being copied
 *   mirror        likewise, as the XML has it: <mirror>
 *   undefined     while domains are not persistent
 *   ended-by      how the last backup job ended: a number of libvirt's, and
 *                 QEMU's words; without it, libvirt can't tell
 *   away          while libvirt can't be reached; then the clock jumps instead
 *                 of sleeping
 *   no-agent      if there, the guest's agent is not connected
 *   cut           the next job's export dies when it sent so many bytes
 *   unnoticed     if there, libvirt doesn't see that a guest is gone
 *   network/NAME  what QEMU finds where a network disk is
 *   defined/      what was defined, by the domains' names
 *   secrets/      files, named by a secret's UUID or usage: its value, base64
 *
 * An order is a line "CALL WHEN ACTION". CALL is a word of the log: "begin",
 * "backup" (its XML), "end", "jobinfo", "blockinfo", "blockjob", "freeze",
 * "thaw", "status", "ping", "limit", "lookup" (of a domain), "active", "xml",
 * "definition" (the inactive XML), "persistent", "secret", "define" and
 * "defined" (before and after it is); with
 * "watchdog-" before it in the process that thaws. WHEN is the number of the
 * call in that process, "*", or the pattern of a path: then it is the first
 * call when there is such a file. The actions are done in the order of the
 * file:
 *
 *   fail CODE MESSAGE   the call fails with that error of libvirt (its number)
 *   ignore              it does nothing, and succeeds
 *   run COMMAND         a shell command is done before
 *   start, destroy, undefine    is done with the domain before
 *   define FILE         the domain gets the definition of that file
 *   die                 the export is killed: the guest powers off
 *   skip SECONDS        the clock jumps
 */
#pragma once

#include <gio/gio.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

typedef enum {
  FAKE_GO,     /* do what is asked */
  FAKE_FAIL,   /* libvirt's last error is set */
  FAKE_IGNORE, /* succeed */
} FakeVerdict;

/* Notes a call in the log (detail: NULL, or what else it says) and obeys the
 * orders. domain: NULL where there is none. */
FakeVerdict fake_call (const char *call, virDomainPtr domain,
                       const char *detail);

/* Makes it this thread's last error, until libvirt has a later one. */
void fake_set_error (int code, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* The path of something in the folder. Free with g_free(). */
char *fake_path (const char *name);
gboolean fake_exists (const char *name);

/* libvirt's function of that name, behind ours. */
gpointer fake_real (const char *function);

/* Kills what exports the domain's disks. */
void fake_backup_die (virDomainPtr domain);

/* Lets libvirt see that the guest is gone if its export died. */
void fake_backup_notice (virDomainPtr domain);

/* Defines again what an earlier process has defined. */
void fake_define_all (virConnectPtr connection);
