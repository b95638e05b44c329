/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encrypted scratch files by the real qemu-img, and by one on PATH that fails.
 */
#include "disk/scratch-file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "disk/disk.h"
#include "lib/qemu.h"
#include "lib/workdir.h"
#include "util/json.h"
#include "util/secret.h"

#define MIB ((guint64) 1 << 20)
#define KEY "Y29ycmVjdCBob3JzZQ==" /* "correct horse" */
#define NOT_MEASURED "Unable to get accurate CPU usage"

typedef struct {
  Workdir *dir;
  char *file, *attempts, *path;
  int fd;
  GPtrArray *keys;
} Fixture;

static void
set_up (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  fix->dir = workdir_new ();
  fix->file = workdir_path (fix->dir, "vda.scratch");
  fix->attempts = workdir_file (fix->dir, "attempts", "");
  fix->path = g_strdup (g_getenv ("PATH"));
  fix->fd = open (fix->file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  g_assert_cmpint (fix->fd, >=, 0);
  fix->keys = g_ptr_array_new_with_free_func ((GDestroyNotify) vg_secret_free);
  g_ptr_array_add (fix->keys, g_strdup (KEY));
}

static void
tear_down (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_setenv ("PATH", fix->path, TRUE);
  close (fix->fd);
  g_ptr_array_unref (fix->keys);
  g_free (fix->path);
  g_free (fix->attempts);
  g_free (fix->file);
  workdir_remove (fix->dir);
}

static gboolean
format (const Fixture *fix, GCancellable *cancellable, GError **error)
{
  return vg_scratch_file_format (fix->fd, fix->file, 16 * MIB, fix->keys,
                                 cancellable, error);
}

/* Puts a qemu-img on PATH that notes each attempt and does what script says,
 * where $n is the attempt's number. */
static void
fake_qemu_img (const Fixture *fix, const char *script)
{
  g_autofree char *bin = workdir_path (fix->dir, "bin");
  g_autofree char *program = g_build_filename (bin, "qemu-img", NULL);
  g_autofree char *path = g_strdup_printf ("%s:%s", bin, fix->path);
  g_autofree char *text =
      g_strdup_printf ("#!/bin/sh\necho \"$*\" >>'%s'\nn=$(wc -l <'%s')\n%s\n",
                       fix->attempts, fix->attempts, script);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (bin, 0700), ==, 0);
  g_file_set_contents_full (program, text, -1, G_FILE_SET_CONTENTS_NONE, 0700,
                            &error);
  g_assert_no_error (error);
  g_setenv ("PATH", path, TRUE);
}

static guint
count_attempts (const Fixture *fix)
{
  g_autofree char *text = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents (fix->attempts, &text, NULL, NULL));
  for (const char *at = text; (at = strchr (at, '\n')) != NULL; at++)
    n++;
  return n;
}

static VgJson *
read_info (const Fixture *fix)
{
  g_autofree char *text = qemu_run ("qemu-img", "info", "-f", "qcow2",
                                    "--output=json", fix->file, NULL);
  g_autoptr (GError) error = NULL;
  VgJson *info = vg_json_parse (text, -1, &error);

  g_assert_no_error (error);
  g_assert_cmpint (vg_json_get_int (info, "virtual-size", 0), ==, 16 * MIB);
  return info;
}

/* The header has the hash by which the measurement is of some ticks; and the
 * key opens the file. */
static void
test_encrypted (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *node = g_strdup_printf (
      "driver=qcow2,file.filename=%s,encrypt.key-secret=k", fix->file);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgJson) info = NULL;
  VgJson *encrypt;

  if (qemu_is_missing ())
    return;
  g_assert_true (format (fix, NULL, &error));
  g_assert_no_error (error);
  info = read_info (fix);
  encrypt = vg_json_get (
      vg_json_get (vg_json_get (info, "format-specific"), "data"), "encrypt");
  g_assert_cmpstr (vg_json_get_string (encrypt, "format"), ==, "luks");
  g_assert_cmpstr (vg_json_get_string (encrypt, "hash-alg"), ==, "sha512");
  g_assert_cmpstr (vg_json_get_string (encrypt, "cipher-alg"), ==, "aes-256");
  g_free (qemu_run ("qemu-io", "--object",
                    "secret,id=k,format=base64,data=" KEY, "--image-opts", "-c",
                    "write -P 1 0 64k", node, NULL));
}

/* Each attempt has the key and the file anew. */
static void
test_not_measured (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const guint failures[] = { 1, 5, VG_SCRATCH_FILE_TRIES - 1 };

  for (gsize i = 0; i < G_N_ELEMENTS (failures); i++) {
    g_autofree char *script = g_strdup_printf (
        "[ \"$(cat /dev/fd/3)\" = " KEY " ] || exit 7\n"
        "[ $n -gt %u ] || { echo 'qemu-img: /dev/fd/9: " NOT_MEASURED
        "' >&2; exit 1; }\n"
        "echo made >/dev/fd/9",
        failures[i]);
    g_autoptr (GError) error = NULL;
    g_autofree char *made = NULL;

    g_assert_cmpint (truncate (fix->attempts, 0), ==, 0);
    g_assert_cmpint (ftruncate (fix->fd, 0), ==, 0);
    fake_qemu_img (fix, script);
    g_assert_true (format (fix, NULL, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (count_attempts (fix), ==, failures[i] + 1);
    g_assert_true (g_file_get_contents (fix->file, &made, NULL, NULL));
    g_assert_cmpstr (made, ==, "made\n");
  }
}

static void
test_never_measured (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *expected =
      g_strdup_printf ("the scratch file %s can't be created: " NOT_MEASURED
                       ", in %u attempts; QEMU 9.2.1 fixes this",
                       fix->file, VG_SCRATCH_FILE_TRIES);
  g_autoptr (GError) error = NULL;

  fake_qemu_img (fix,
                 "echo 'qemu-img: /dev/fd/9: " NOT_MEASURED "' >&2; exit 1");
  g_assert_false (format (fix, NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN);
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_cmpuint (count_attempts (fix), ==, VG_SCRATCH_FILE_TRIES);
}

/* Other errors are final. */
static void
test_full (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  fake_qemu_img (fix, "echo 'qemu-img: No space left' >&2; exit 1");
  g_assert_false (format (fix, NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN);
  g_assert_nonnull (strstr (error->message, "No space left"));
  g_assert_null (strstr (error->message, "attempts"));
  g_assert_cmpuint (count_attempts (fix), ==, 1);
}

static gpointer
cancel_at_third (gpointer data)
{
  const Fixture *fix = ((gpointer *) data)[0];

  while (count_attempts (fix) < 3)
    g_usleep (1000);
  g_cancellable_cancel (((gpointer *) data)[1]);
  return NULL;
}

static void
test_cancelled (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gpointer both[] = { fix, cancellable };
  g_autoptr (GError) error = NULL;
  GThread *thread;

  fake_qemu_img (fix, "[ $n -lt 3 ] || exec sleep 600\n"
                      "echo '" NOT_MEASURED "' >&2; exit 1");
  thread = g_thread_new ("cancel", cancel_at_third, both);
  g_assert_false (format (fix, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  g_assert_cmpuint (count_attempts (fix), ==, 3);
}

static void
test_missing (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  g_setenv ("PATH", fix->dir, TRUE);
  g_assert_false (format (fix, NULL, &error));
  g_assert_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, "qemu-utils"));
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/scratch-file/encrypted", test_encrypted);
  add ("/scratch-file/not-measured", test_not_measured);
  add ("/scratch-file/never-measured", test_never_measured);
  add ("/scratch-file/full", test_full);
  add ("/scratch-file/cancelled", test_cancelled);
  add ("/scratch-file/missing", test_missing);
  return g_test_run ();
}
