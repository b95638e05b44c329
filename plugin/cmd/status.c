/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Maps the rooms' errors to exit statuses. */
#include "cmd/status.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdio.h>

#include "disk/disk.h"
#include "domain/domain.h"
#include "domain/libvirt-snapshot.h"
#include "inventory/error.h"
#include "host/host.h"
#include "journal/lock.h"
#include "plan/plan.h"
#include "job/run.h"
#include "util/config.h"
#include "util/text.h"
#include "request/error.h"
#include "plan/error.h"

#define ANY (-1)

VgExit
vg_exit_from_error (const GError *error)
{
  const struct {
    GQuark domain;
    int code;
    VgExit status;
  } table[] = {
    { VG_CONFIG_ERROR, ANY, VG_EXIT_USAGE },
    { VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID, VG_EXIT_USAGE },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG, VG_EXIT_USAGE },
    { G_OPTION_ERROR, ANY, VG_EXIT_USAGE },
    { VG_HOST_ERROR, VG_HOST_ERROR_URI, VG_EXIT_USAGE },
    { VG_DOMAIN_ERROR, ANY, VG_EXIT_DOMAIN },
    { VG_PLAN_ERROR, VG_PLAN_ERROR_DISK, VG_EXIT_DOMAIN },
    { VG_LIBVIRT_SNAPSHOT_ERROR, ANY, VG_EXIT_DOMAIN },
    { VG_HOST_ERROR, VG_HOST_ERROR_NO_SNAPSHOT, VG_EXIT_DOMAIN },
    { VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN, VG_EXIT_DOMAIN },
    { VG_DISK_ERROR, VG_DISK_ERROR_MISSING, VG_EXIT_DOMAIN },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE, VG_EXIT_STORE },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_AUTH, VG_EXIT_DENIED },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_FORBIDDEN, VG_EXIT_DENIED },
    { VG_HOST_ERROR, VG_HOST_ERROR_DENIED, VG_EXIT_DENIED },
    { VG_DISK_ERROR, VG_DISK_ERROR_DENIED, VG_EXIT_DENIED },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE, VG_EXIT_UNAVAILABLE },
    { VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION, VG_EXIT_UNAVAILABLE },
    { VG_DISK_ERROR, VG_DISK_ERROR_UNREACHABLE, VG_EXIT_UNAVAILABLE },
    { VG_HOST_ERROR, VG_HOST_ERROR_BUSY, VG_EXIT_BUSY },
    { VG_LOCK_ERROR, VG_LOCK_ERROR_HELD, VG_EXIT_BUSY },
    { VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER, VG_EXIT_LEFTOVER },
    { VG_RUN_ERROR, VG_RUN_ERROR_LATE, VG_EXIT_LEFTOVER },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    if (error->domain == table[i].domain
        && (table[i].code == ANY || error->code == table[i].code))
      return table[i].status;
  return VG_EXIT_FAILURE;
}

VgExit
vg_exit_with_error (const GError *error)
{
  g_autofree char *text = vg_text_clean (error->message, VG_TEXT_MESSAGE);

  fprintf (stderr, "virt-glance: %s\n", text);
  return vg_exit_from_error (error);
}

VgExit
vg_exit_flush (VgExit status, const char *done)
{
  errno = 0;
  if ((fflush (stdout) == 0 && ferror (stdout) == 0)
      || status != VG_EXIT_SUCCESS)
    return status;
  fprintf (stderr,
           "virt-glance: the result can't be written to standard output: "
           "%s%s%s\n",
           errno != 0 ? g_strerror (errno) : "earlier output was lost",
           done != NULL ? "; however, " : "", done != NULL ? done : "");
  return VG_EXIT_FAILURE;
}
