/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon that messages name, and the connection without a URI where
 * virtqemud is the only one. libvirt's own choice and the host's sockets are
 * fakes. */
#include "host/daemon.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "host/host.h"
#include "host/private.h"
#include "lib/workdir.h"

static const char *sockets = ""; /* those that the host has */
static GPtrArray *asked;         /* the URIs */
static gboolean refuses;         /* no connection can be made */

/* The host's directory of sockets, to GLib. */
gboolean
g_file_test (const char *path, GFileTest test)
{
  gboolean (*real) (const char *, GFileTest);

  if (g_str_has_prefix (path, VG_DAEMON_DIRECTORY "/"))
    return strstr (sockets, path + strlen (VG_DAEMON_DIRECTORY "/")) != NULL;
  *(void **) &real = dlsym (RTLD_NEXT, "g_file_test");
  return real (path, test);
}

/* A library that looks for libvirtd's socket alone if it has to choose. */
virConnectPtr
virConnectOpenAuth (const char *uri, virConnectAuthPtr auth, unsigned int flags)
{
  virConnectPtr (*real) (const char *, virConnectAuthPtr, unsigned int);
  gboolean found = uri != NULL || strstr (sockets, "libvirt-sock") != NULL;

  g_ptr_array_add (asked, g_strdup (uri != NULL ? uri : "(none)"));
  *(void **) &real = dlsym (RTLD_NEXT, "virConnectOpenAuth");
  return real (found && !refuses ? "test:///default"
                                 : "qemu+unix:///system?socket=/nowhere",
               auth, flags);
}

static void
set_up (const char *there, gboolean all_refuse)
{
  sockets = there;
  refuses = all_refuse;
  g_clear_pointer (&asked, g_ptr_array_unref);
  asked = g_ptr_array_new_with_free_func (g_free);
}

static void
assert_asked (const char *uris)
{
  g_autofree char *list = NULL;

  g_ptr_array_add (asked, NULL);
  list = g_strjoinv (" ", (char **) asked->pdata);
  g_assert_cmpstr (list, ==, uris);
}

static void
test_names (void)
{
  static const struct {
    const char *file, *name, *fallback;
  } cases[] = {
    { NULL, "libvirtd (or virtqemud)", NULL },
    { "libvirt-sock", "libvirtd", NULL },
    { "virtqemud-sock", "virtqemud", "qemu:///system" },
    { "virtsecretd-sock", "libvirtd (or virtqemud)", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Workdir) dir = workdir_new ();
    g_autofree char *directory = workdir_path (dir, "");
    g_autofree char *file =
        cases[i].file != NULL ? workdir_file (dir, cases[i].file, "") : NULL;

    g_assert_cmpstr (vg_daemon_get_name (directory), ==, cases[i].name);
    g_assert_cmpstr (vg_daemon_get_fallback (directory), ==, cases[i].fallback);
  }
}

static void
test_libvirtd (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgHost) host = NULL;

  set_up ("libvirt-sock", FALSE);
  host = vg_host_open (NULL, &error);
  g_assert_no_error (error);
  assert_asked ("(none)");
}

static void
test_virtqemud_alone (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgHost) host = NULL;

  set_up ("virtqemud-sock", FALSE);
  host = vg_host_open (NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (host);
  assert_asked ("(none) qemu:///system");
}

/* A URI that was given is not replaced. */
static void
test_given (void)
{
  g_autoptr (GError) error = NULL;

  set_up ("virtqemud-sock", TRUE);
  g_assert_null (vg_host_open ("qemu:///session", &error));
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION);
  assert_asked ("qemu:///session");
}

static void
test_messages (void)
{
  static const struct {
    const char *sockets, *question;
  } cases[] = {
    { "", "; is libvirtd (or virtqemud) running, " },
    { "libvirt-sock", "; is libvirtd running, " },
    { "virtqemud-sock", "; is virtqemud running, " },
    { "libvirt-sock virtqemud-sock", "; is virtqemud running, " },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    set_up (cases[i].sockets, TRUE);
    g_assert_null (vg_host_open (NULL, &error));
    g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION);
    g_assert_nonnull (strstr (error->message, cases[i].question));
  }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/names", test_names);
  g_test_add_func ("/daemon/libvirtd", test_libvirtd);
  g_test_add_func ("/daemon/virtqemud-alone", test_virtqemud_alone);
  g_test_add_func ("/daemon/given", test_given);
  g_test_add_func ("/daemon/messages", test_messages);
  status = g_test_run ();
  g_clear_pointer (&asked, g_ptr_array_unref);
  return status;
}
