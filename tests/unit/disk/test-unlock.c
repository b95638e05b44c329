/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How keys get to qemu-nbd and qemu-img, and disks whose ciphertext is read. */
#include "disk/unlock.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "disk/disk.h"
#include "util/secret.h"

typedef struct {
  GPtrArray *keys, *argv;
  GSubprocessLauncher *launcher;
} Fixture;

static void
set_up (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  fix->keys = g_ptr_array_new_with_free_func ((GDestroyNotify) vg_secret_free);
  g_ptr_array_add (fix->keys, g_strdup ("b25l"));
  g_ptr_array_add (fix->keys, g_strdup ("dHdv"));
  fix->argv = g_ptr_array_new_with_free_func (g_free);
  fix->launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                 | G_SUBPROCESS_FLAGS_SEARCH_PATH_FROM_ENVP);
}

static void
tear_down (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_ptr_array_unref (fix->keys);
  g_ptr_array_unref (fix->argv);
  g_object_unref (fix->launcher);
}

/* The command line names files that only the child has. */
static void
test_pass (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL, *out = NULL;
  g_autoptr (GSubprocess) child = NULL;

  g_assert_true (vg_unlock_pass (fix->keys, fix->launcher, 3, "/dev/fd",
                                 fix->argv, &error));
  g_assert_no_error (error);
  g_ptr_array_add (fix->argv, NULL);
  line = g_strjoinv (" ", (char **) fix->argv->pdata);
  g_assert_cmpstr (line, ==,
                   "--object secret,id=key0,format=base64,file=/dev/fd/3 "
                   "--object secret,id=key1,format=base64,file=/dev/fd/4");
  child = g_subprocess_launcher_spawn (fix->launcher, &error, "cat",
                                       "/dev/fd/3", "/dev/fd/4", NULL);
  g_assert_no_error (error);
  g_assert_true (
      g_subprocess_communicate_utf8 (child, NULL, NULL, &out, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (out, ==, "b25ldHdv");
}

/* Lets the process open no more files; returns the limit to be set again. */
static struct rlimit
use_up_descriptors (void)
{
  int next = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
  struct rlimit before, now;

  g_assert_cmpint (next, >=, 0);
  close (next);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  now = before;
  now.rlim_cur = (rlim_t) next;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &now), ==, 0);
  return before;
}

static void
test_no_descriptors (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  struct rlimit before = use_up_descriptors ();
  gboolean ok = vg_unlock_pass (fix->keys, fix->launcher, 3, "/dev/fd",
                                fix->argv, &error);

  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
  g_assert_false (ok);
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN);
  g_assert_nonnull (strstr (error->message, "a key can't be passed"));
  g_assert_null (strstr (error->message, "b25l"));
  g_assert_cmpuint (fix->argv->len, ==, 0);
}

static VgJson *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  VgJson *json = vg_json_parse (text, -1, &error);

  g_assert_no_error (error);
  return json;
}

static void
test_ciphertext (void)
{
  g_autoptr (VgJson) chain =
      parse ("{\"driver\": \"qcow2\","
             " \"file\": {\"driver\": \"file\", \"filename\": \"/a\"}}");
  g_autoptr (GError) error = NULL;
  g_autoptr (VgJson) bytes = vg_unlock_ciphertext (chain, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (vg_json_get_string (bytes, "driver"), ==, "raw");
  g_assert_cmpstr (vg_json_get_string (vg_json_get (bytes, "file"), "filename"),
                   ==, "/a");
}

static void
test_ciphertext_of_layer (void)
{
  g_autoptr (VgJson) chain =
      parse ("{\"driver\": \"qcow2\","
             " \"file\": {\"driver\": \"file\", \"filename\": \"/a\"},"
             " \"backing\": {\"driver\": \"raw\"}}");
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_unlock_ciphertext (chain, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED);
  g_assert_true (g_str_has_prefix (error->message, "/a is encrypted and has a "
                                                   "backing file"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/unlock/pass", Fixture, NULL, set_up, test_pass, tear_down);
  g_test_add ("/unlock/no-descriptors", Fixture, NULL, set_up,
              test_no_descriptors, tear_down);
  g_test_add_func ("/unlock/ciphertext", test_ciphertext);
  g_test_add_func ("/unlock/ciphertext-of-layer", test_ciphertext_of_layer);
  return g_test_run ();
}
