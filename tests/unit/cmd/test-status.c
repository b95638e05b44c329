/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exit statuses for errors. */
#include "cmd/status.h"

#include <gio/gio.h>
#include <stdlib.h>

#include "cmd/log.h"
#include "disk/disk.h"
#include "domain/domain.h"
#include "inventory/error.h"
#include "host/host.h"
#include "image/image.h"
#include "journal/lock.h"
#include "plan/plan.h"
#include "job/run.h"
#include "instant/scratch-space.h"
#include "util/config.h"
#include "request/error.h"
#include "plan/error.h"

static void
assert_status (GQuark domain, int code, VgExit expected)
{
  g_autoptr (GError) error = g_error_new_literal (domain, code, "why");

  if (vg_exit_from_error (error) != expected)
    g_error ("%s %d gives %d, not %d", g_quark_to_string (domain), code,
             vg_exit_from_error (error), expected);
}

/* The numbers are part of the interface. */
static void
test_numbers (void)
{
  g_assert_cmpint (VG_EXIT_SUCCESS, ==, 0);
  g_assert_cmpint (VG_EXIT_FAILURE, ==, 1);
  g_assert_cmpint (VG_EXIT_USAGE, ==, 2);
  g_assert_cmpint (VG_EXIT_DOMAIN, ==, 3);
  g_assert_cmpint (VG_EXIT_STORE, ==, 4);
  g_assert_cmpint (VG_EXIT_DENIED, ==, 5);
  g_assert_cmpint (VG_EXIT_UNAVAILABLE, ==, 6);
  g_assert_cmpint (VG_EXIT_BUSY, ==, 7);
  g_assert_cmpint (VG_EXIT_LEFTOVER, ==, 8);
  g_assert_cmpint (VG_EXIT_CANCELLED, ==, 9);
}

static void
test_user (void)
{
  assert_status (VG_CONFIG_ERROR, VG_CONFIG_ERROR_READ, VG_EXIT_USAGE);
  assert_status (VG_CONFIG_ERROR, VG_CONFIG_ERROR_VALUE, VG_EXIT_USAGE);
  assert_status (G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, VG_EXIT_USAGE);
  assert_status (VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID, VG_EXIT_USAGE);
  assert_status (VG_HOST_ERROR, VG_HOST_ERROR_URI, VG_EXIT_USAGE);
  assert_status (VG_PLAN_ERROR, VG_PLAN_ERROR_DISK, VG_EXIT_DOMAIN);
  assert_status (VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML, VG_EXIT_DOMAIN);
  assert_status (VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_NO_DISK, VG_EXIT_DOMAIN);
  assert_status (VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_UNKNOWN_DISK, VG_EXIT_DOMAIN);
}

static void
test_glance (void)
{
  static const struct {
    VgGlanceError code;
    VgExit status;
  } cases[] = {
    { VG_GLANCE_ERROR_CONFIG, VG_EXIT_USAGE },
    { VG_GLANCE_ERROR_AUTH, VG_EXIT_DENIED },
    { VG_GLANCE_ERROR_FORBIDDEN, VG_EXIT_DENIED },
    { VG_GLANCE_ERROR_NOT_FOUND, VG_EXIT_FAILURE },
    { VG_GLANCE_ERROR_CONFLICT, VG_EXIT_FAILURE },
    { VG_GLANCE_ERROR_STORE, VG_EXIT_STORE },
    { VG_GLANCE_ERROR_QUOTA, VG_EXIT_FAILURE },
    { VG_GLANCE_ERROR_CONTENT, VG_EXIT_FAILURE },
    { VG_GLANCE_ERROR_UNAVAILABLE, VG_EXIT_UNAVAILABLE },
    { VG_GLANCE_ERROR_PROTOCOL, VG_EXIT_FAILURE },
    { VG_GLANCE_ERROR_INTEGRITY, VG_EXIT_FAILURE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_status (VG_GLANCE_ERROR, cases[i].code, cases[i].status);
}

static void
test_host (void)
{
  static const struct {
    VgHostError code;
    VgExit status;
  } cases[] = {
    { VG_HOST_ERROR_CONNECTION, VG_EXIT_UNAVAILABLE },
    { VG_HOST_ERROR_NO_DOMAIN, VG_EXIT_DOMAIN },
    { VG_HOST_ERROR_NOT_RUNNING, VG_EXIT_FAILURE },
    { VG_HOST_ERROR_BUSY, VG_EXIT_BUSY },
    { VG_HOST_ERROR_AGENT, VG_EXIT_FAILURE },
    { VG_HOST_ERROR_DENIED, VG_EXIT_DENIED },
    { VG_HOST_ERROR_UNSUPPORTED, VG_EXIT_FAILURE },
    { VG_HOST_ERROR_FAILED, VG_EXIT_FAILURE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_status (VG_HOST_ERROR, cases[i].code, cases[i].status);
}

static void
test_job (void)
{
  assert_status (VG_LOCK_ERROR, VG_LOCK_ERROR_HELD, VG_EXIT_BUSY);
  assert_status (VG_LOCK_ERROR, VG_LOCK_ERROR_FAILED, VG_EXIT_FAILURE);
  assert_status (VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER, VG_EXIT_LEFTOVER);
  assert_status (VG_RUN_ERROR, VG_RUN_ERROR_RESTLESS, VG_EXIT_FAILURE);
  assert_status (VG_RUN_ERROR, VG_RUN_ERROR_COPY, VG_EXIT_FAILURE);
  assert_status (VG_RUN_ERROR, VG_RUN_ERROR_UNTIL, VG_EXIT_FAILURE);
  assert_status (VG_SCRATCH_SPACE_ERROR, VG_SCRATCH_SPACE_ERROR_LOW,
                 VG_EXIT_FAILURE);
  assert_status (VG_DISK_ERROR, VG_DISK_ERROR_READ, VG_EXIT_FAILURE);
  assert_status (VG_IMAGE_ERROR, VG_IMAGE_ERROR_SHORT, VG_EXIT_FAILURE);
  assert_status (G_IO_ERROR, G_IO_ERROR_CANCELLED, VG_EXIT_CANCELLED);
  assert_status (G_FILE_ERROR, G_FILE_ERROR_NOENT, VG_EXIT_FAILURE);
}

/* Messages are printed on one line without control characters. */
static void
test_message (void)
{
  if (g_test_subprocess ()) {
    g_autoptr (GError) error = g_error_new_literal (
        VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML, "two\nlines \033[31m \xff");
    const VgCommandLine line = { .json = FALSE };

    vg_log_init (&line);
    exit (vg_exit_with_error (error));
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("virt-glance: two\\x0alines \\x1b[31m \\xff\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/status/numbers", test_numbers);
  g_test_add_func ("/status/user", test_user);
  g_test_add_func ("/status/glance", test_glance);
  g_test_add_func ("/status/host", test_host);
  g_test_add_func ("/status/job", test_job);
  g_test_add_func ("/status/message", test_message);
  return g_test_run ();
}
