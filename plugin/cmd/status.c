/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exit statuses, and how a command ends. */
#include "cmd/status.h"

#include <errno.h>
#include <stdio.h>

#include "cmd/log.h"
#include "job/outcome.h"
#include "util/text.h"

VgExit
vg_exit_from_failure (VgFailure failure)
{
  static const VgExit table[VG_FAILURE_KINDS] = {
    [VG_FAILURE_USAGE] = VG_EXIT_USAGE,
    [VG_FAILURE_CONFIGURATION] = VG_EXIT_USAGE,
    [VG_FAILURE_DOMAIN] = VG_EXIT_DOMAIN,
    [VG_FAILURE_DISK] = VG_EXIT_DOMAIN,
    [VG_FAILURE_SNAPSHOT] = VG_EXIT_DOMAIN,
    [VG_FAILURE_STORE] = VG_EXIT_STORE,
    [VG_FAILURE_AUTHENTICATION] = VG_EXIT_DENIED,
    [VG_FAILURE_FORBIDDEN] = VG_EXIT_DENIED,
    [VG_FAILURE_UNAVAILABLE] = VG_EXIT_UNAVAILABLE,
    [VG_FAILURE_BUSY] = VG_EXIT_BUSY,
    [VG_FAILURE_DRAINED] = VG_EXIT_BUSY,
    [VG_FAILURE_LEFTOVER] = VG_EXIT_LEFTOVER,
    [VG_FAILURE_LATE] = VG_EXIT_LEFTOVER,
    [VG_FAILURE_CANCELLED] = VG_EXIT_CANCELLED,
  };

  return table[failure] != 0 ? table[failure] : VG_EXIT_FAILURE;
}

VgExit
vg_exit_from_error (const GError *error)
{
  return vg_exit_from_failure (vg_outcome_of (error));
}

VgExit
vg_exit_with_job (const GError *error, const VgJournal *journal, VgJson *result)
{
  g_autoptr (VgJson) own = NULL;

  if (result == NULL)
    result = own = journal != NULL ? vg_journal_to_json (journal)
                                   : json_object_new_object ();
  vg_log_failure (vg_outcome_of (error), error->message, journal, result);
  return vg_exit_from_error (error);
}

VgExit
vg_exit_with_error (const GError *error)
{
  return vg_exit_with_job (error, NULL, NULL);
}

VgExit
vg_exit_failing (VgFailure failure, const char *format, ...)
{
  g_autoptr (VgJson) result = json_object_new_object ();
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  vg_log_failure (failure, text, NULL, result);
  return vg_exit_from_failure (failure);
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
