/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Users and groups: of this host, and of a directory service that this file
 * plays in place of the C library's functions. */
#include "util/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

/* What the service does. */
static struct {
  gsize record;      /* bytes that a record needs */
  int failure;       /* errno of each look-up, or 0 */
  guint interrupted; /* look-ups that fail with EINTR first */
  guint asked;       /* look-ups so far */
} service;

static int
serve (const char *name, gsize size)
{
  service.asked++;
  if (service.interrupted > 0) {
    service.interrupted--;
    return EINTR;
  }
  if (service.failure != 0)
    return service.failure;
  if (size < service.record)
    return ERANGE;
  return name != NULL && strcmp (name, "crew") != 0 ? ENOENT : 0;
}

static int
serve_user (const char *name, struct passwd *entry, gsize size,
            struct passwd **found)
{
  int number = serve (name, size);

  *entry = (struct passwd){ .pw_name = (char *) "crew",
                            .pw_uid = 4711,
                            .pw_gid = 4712 };
  *found = number == 0 ? entry : NULL;
  /* Some systems don't call this an error. */
  return number == ENOENT ? 0 : number;
}

int
getpwnam_r (const char *name, struct passwd *entry, char *buffer G_GNUC_UNUSED,
            size_t size, struct passwd **found)
{
  return serve_user (name, entry, size, found);
}

int
getpwuid_r (uid_t uid, struct passwd *entry, char *buffer G_GNUC_UNUSED,
            size_t size, struct passwd **found)
{
  return serve_user (uid == 4711 ? "crew" : "", entry, size, found);
}

int
getgrnam_r (const char *name, struct group *entry, char *buffer G_GNUC_UNUSED,
            size_t size, struct group **found)
{
  int number = serve (name, size);

  *entry = (struct group){ .gr_name = (char *) "crew", .gr_gid = 4712 };
  *found = number == 0 ? entry : NULL;
  return number;
}

static void
expect (VgAccountKind kind, const char *text, guint wanted)
{
  g_autoptr (GError) error = NULL;
  guint id = 0;
  gboolean ok = vg_account_find (kind, text, &id, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpuint (id, ==, wanted);
}

static void
expect_none (VgAccountKind kind, const char *text, GFileError code,
             const char *message)
{
  g_autoptr (GError) error = NULL;
  guint id;

  g_assert_false (vg_account_find (kind, text, &id, &error));
  g_assert_error (error, G_FILE_ERROR, (gint) code);
  g_assert_cmpstr (error->message, ==, message);
}

/* Numbers aren't looked up. */
static void
test_number (void)
{
  memset (&service, 0, sizeof service);
  service.failure = EIO;
  expect (VG_ACCOUNT_USER, "64055", 64055);
  expect (VG_ACCOUNT_USER, "+0", 0);
  expect (VG_ACCOUNT_GROUP, "+108", 108);
  expect (VG_ACCOUNT_GROUP, "4294967294", 4294967294);
  g_assert_cmpuint (service.asked, ==, 0);
}

/* For chown(2) and setresuid(2) it would mean: leave it as it is. */
static void
test_number_of_none (void)
{
  memset (&service, 0, sizeof service);
  expect_none (VG_ACCOUNT_USER, "+4294967295", G_FILE_ERROR_NOENT,
               "this host has no user '+4294967295'");
  expect_none (VG_ACCOUNT_GROUP, "4294967295", G_FILE_ERROR_NOENT,
               "this host has no group '4294967295'");
}

static void
test_name (void)
{
  g_autofree char *name = NULL, *known = NULL, *unknown = NULL;
  gid_t gid = 0;

  memset (&service, 0, sizeof service);
  expect (VG_ACCOUNT_USER, "crew", 4711);
  expect (VG_ACCOUNT_GROUP, "crew", 4712);
  name = vg_account_get_user (4711, &gid);
  g_assert_cmpstr (name, ==, "crew");
  g_assert_cmpuint (gid, ==, 4712);
  known = vg_account_describe_user (4711);
  g_assert_cmpstr (known, ==, "crew");
  unknown = vg_account_describe_user (4713);
  g_assert_cmpstr (unknown, ==, "4713");
  expect_none (VG_ACCOUNT_USER, "nobody here", G_FILE_ERROR_NOENT,
               "this host has no user 'nobody here'");
  expect_none (VG_ACCOUNT_GROUP, "none", G_FILE_ERROR_NOENT,
               "this host has no group 'none'");
}

/* A group of 10,000 members doesn't fit into 64 KiB. */
static void
test_long (void)
{
  g_autofree char *name = NULL;

  memset (&service, 0, sizeof service);
  service.record = 1 << 18;
  service.interrupted = 2;
  expect (VG_ACCOUNT_GROUP, "crew", 4712);
  expect (VG_ACCOUNT_USER, "crew", 4711);
  name = vg_account_describe_user (4711);
  g_assert_cmpstr (name, ==, "crew");
}

/* That a service is away is no proof that there is no such user. An endless
 * record isn't waited for. */
static void
test_failure (void)
{
  memset (&service, 0, sizeof service);
  service.failure = EIO;
  expect_none (VG_ACCOUNT_USER, "crew", G_FILE_ERROR_IO,
               "the user 'crew' can't be looked up: Input/output error");
  service.failure = EPERM;
  expect_none (VG_ACCOUNT_GROUP, "crew", G_FILE_ERROR_NOENT,
               "this host has no group 'crew'");
  service.failure = ERANGE;
  service.asked = 0;
  expect_none (VG_ACCOUNT_GROUP, "crew", G_FILE_ERROR_FAILED,
               "the group 'crew' can't be looked up: Numerical result out of "
               "range");
  g_assert_cmpuint (service.asked, <, 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/account/number", test_number);
  g_test_add_func ("/account/number-of-none", test_number_of_none);
  g_test_add_func ("/account/name", test_name);
  g_test_add_func ("/account/long", test_long);
  g_test_add_func ("/account/failure", test_failure);
  return g_test_run ();
}
