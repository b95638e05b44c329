/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Maps the rooms' errors to kinds of failures. The program links it without the
 * libraries of these rooms. */
#include "job/outcome.h"

#include <gio/gio.h>

#include "disk/disk.h"
#include "domain/domain.h"
#include "domain/libvirt-snapshot.h"
#include "host/host.h"
#include "instant/scratch-space.h"
#include "inventory/error.h"
#include "job/error.h"
#include "journal/lock.h"
#include "plan/error.h"
#include "request/error.h"
#include "util/config.h"

#define ANY (-1)

typedef struct {
  GQuark domain;
  int code;
  VgFailure failure;
} Row;

/* G_IO_ERROR, without GIO, which the program doesn't link. */
static GQuark
get_io_error (void)
{
  return g_quark_from_static_string ("g-io-error-quark");
}

static VgFailure
find (const Row *rows, gsize n, const GError *error)
{
  for (gsize i = 0; i < n; i++)
    if (error->domain == rows[i].domain
        && (rows[i].code == ANY || error->code == rows[i].code))
      return rows[i].failure;
  return VG_FAILURE_OTHER;
}

/* Errors of services: Glance, libvirt, Ceph. */
static VgFailure
find_of_service (const GError *error)
{
  const Row rows[] = {
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG, VG_FAILURE_CONFIGURATION },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE, VG_FAILURE_STORE },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_AUTH, VG_FAILURE_AUTHENTICATION },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_FORBIDDEN, VG_FAILURE_FORBIDDEN },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE, VG_FAILURE_UNAVAILABLE },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_QUOTA, VG_FAILURE_QUOTA },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONTENT, VG_FAILURE_CONTENT },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_INTEGRITY, VG_FAILURE_INTEGRITY },
    { VG_HOST_ERROR, VG_HOST_ERROR_URI, VG_FAILURE_USAGE },
    { VG_HOST_ERROR, VG_HOST_ERROR_NO_SNAPSHOT, VG_FAILURE_SNAPSHOT },
    { VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN, VG_FAILURE_DOMAIN },
    { VG_HOST_ERROR, VG_HOST_ERROR_DENIED, VG_FAILURE_FORBIDDEN },
    { VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION, VG_FAILURE_UNAVAILABLE },
    { VG_HOST_ERROR, VG_HOST_ERROR_BUSY, VG_FAILURE_BUSY },
    { VG_HOST_ERROR, VG_HOST_ERROR_AGENT, VG_FAILURE_GUEST_AGENT },
    { VG_DISK_ERROR, VG_DISK_ERROR_MISSING, VG_FAILURE_DISK },
    { VG_DISK_ERROR, VG_DISK_ERROR_DENIED, VG_FAILURE_FORBIDDEN },
    { VG_DISK_ERROR, VG_DISK_ERROR_UNREACHABLE, VG_FAILURE_UNAVAILABLE },
  };

  return find (rows, G_N_ELEMENTS (rows), error);
}

VgFailure
vg_outcome_of (const GError *error)
{
  const Row rows[] = {
    { VG_CONFIG_ERROR, ANY, VG_FAILURE_CONFIGURATION },
    { VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID, VG_FAILURE_USAGE },
    { G_OPTION_ERROR, ANY, VG_FAILURE_USAGE },
    { VG_DOMAIN_ERROR, ANY, VG_FAILURE_DISK },
    { VG_PLAN_ERROR, VG_PLAN_ERROR_DISK, VG_FAILURE_DISK },
    { VG_LIBVIRT_SNAPSHOT_ERROR, ANY, VG_FAILURE_SNAPSHOT },
    { VG_LOCK_ERROR, VG_LOCK_ERROR_HELD, VG_FAILURE_BUSY },
    { VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER, VG_FAILURE_LEFTOVER },
    { VG_RUN_ERROR, VG_RUN_ERROR_LATE, VG_FAILURE_LATE },
    { VG_RUN_ERROR, VG_RUN_ERROR_COPY, VG_FAILURE_COPY },
    { VG_RUN_ERROR, VG_RUN_ERROR_RESTLESS, VG_FAILURE_RESTLESS },
    { VG_RUN_ERROR, VG_RUN_ERROR_SAVED, VG_FAILURE_GUEST_AGENT },
    { VG_RUN_ERROR, VG_RUN_ERROR_UNTIL, VG_FAILURE_WINDOW },
    { VG_RUN_ERROR, VG_RUN_ERROR_DRAINED, VG_FAILURE_DRAINED },
    { VG_RUN_ERROR, VG_RUN_ERROR_ENDED, VG_FAILURE_CANCELLED },
    { VG_RUN_ERROR, VG_RUN_ERROR_NO_JOB, VG_FAILURE_NO_JOB },
    { VG_RUN_ERROR, VG_RUN_ERROR_INTERRUPTED, VG_FAILURE_INTERRUPTED },
    { VG_SCRATCH_SPACE_ERROR, ANY, VG_FAILURE_SPACE },
    { get_io_error (), G_IO_ERROR_CANCELLED, VG_FAILURE_CANCELLED },
    { VG_JSON_ERROR, ANY, VG_FAILURE_UNREADABLE },
  };
  VgFailure failure = find (rows, G_N_ELEMENTS (rows), error);

  return failure != VG_FAILURE_OTHER ? failure : find_of_service (error);
}

void
vg_outcome_note (VgJournal *journal, const GError *error)
{
  VgFailure failure = vg_outcome_of (error);

  g_free (journal->error);
  g_free (journal->code);
  journal->error = g_strdup (error->message);
  journal->code = g_strdup (vg_failure_get_traits (failure)->code);
  journal->state =
      failure == VG_FAILURE_CANCELLED ? VG_JOB_CANCELLED : VG_JOB_FAILED;
}
