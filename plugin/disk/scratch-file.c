/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs "qemu-img create" on an open file. */
#include "disk/scratch-file.h"

#include <fcntl.h>
#include <string.h>

#include "disk/chain.h"
#include "disk/disk.h"
#include "disk/unlock.h"
#include "util/child.h"

/* QEMU spends iter-time (ms) on the passphrase when it opens the file, while
 * the guest is frozen. Its default is 2000, for permanent files. */
#define OPTIONS                                                                \
  "encrypt.format=luks,encrypt.key-secret=key0,encrypt.iter-time=100,"         \
  "encrypt.hash-alg=" VG_SCRATCH_FILE_HASH

#define NOT_MEASURED "Unable to get accurate CPU usage"

/* qemu-img's descriptor of the file; those of keys are lower. */
#define KEY_FD 3
#define FILE_FD 9

static gboolean
throw_file (GError **error, const char *path, const char *why)
{
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
               "the scratch file %s can't be created: %s", path, why);
  return FALSE;
}

static gboolean
add_encryption (GPtrArray *keys, GSubprocessLauncher *launcher, GPtrArray *argv,
                GError **error)
{
  if (!vg_unlock_pass (keys, launcher, KEY_FD, "/dev/fd", argv, error))
    return FALSE;
  g_ptr_array_add (argv, g_strdup ("-o"));
  g_ptr_array_add (argv, g_strdup (OPTIONS));
  return TRUE;
}

/* The command; adds its inherited descriptors to launcher. */
static GPtrArray *
make_command (int fd, guint64 size, GPtrArray *keys,
              GSubprocessLauncher *launcher, GError **error)
{
  static const char *const plain[] = { "qemu-img", "create", "-q", "-f",
                                       "qcow2" };
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++)
    g_ptr_array_add (argv, g_strdup (plain[i]));
  if (!add_encryption (keys, launcher, argv, error))
    return NULL;
  g_subprocess_launcher_take_fd (launcher, fcntl (fd, F_DUPFD_CLOEXEC, 0),
                                 FILE_FD);
  g_ptr_array_add (argv, g_strdup_printf ("/dev/fd/%d", FILE_FD));
  g_ptr_array_add (argv, g_strdup_printf ("%" G_GUINT64_FORMAT, size));
  g_ptr_array_add (argv, NULL);
  return g_steal_pointer (&argv);
}

/* Sets *messages if it ran: NULL if it succeeded. */
static gboolean
run_qemu_img (int fd, guint64 size, GPtrArray *keys, char **messages,
              GCancellable *cancellable, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher =
      vg_child_launcher (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GPtrArray) argv = make_command (fd, size, keys, launcher, error);
  g_autofree char *line = NULL;
  g_autoptr (GSubprocess) process = NULL;

  if (argv == NULL)
    return FALSE;
  line = g_strjoinv (" ", (char **) argv->pdata);
  g_debug ("%s", line);
  process = g_subprocess_launcher_spawnv (
      launcher, (const char *const *) argv->pdata, error);
  if (process == NULL) {
    g_prefix_error (error, "qemu-img (Debian: qemu-utils) is needed for "
                           "encrypted disks: ");
    return FALSE;
  }
  if (!vg_child_communicate (process, cancellable, NULL, messages, error))
    return FALSE;
  if (g_subprocess_get_successful (process))
    g_clear_pointer (messages, g_free);
  return TRUE;
}

gboolean
vg_scratch_file_format (int fd, const char *path, guint64 size, GPtrArray *keys,
                        GCancellable *cancellable, GError **error)
{
  for (guint try = 1;; try++) {
    g_autofree char *messages = NULL;

    if (!run_qemu_img (fd, size, keys, &messages, cancellable, error))
      return FALSE;
    if (messages == NULL)
      return TRUE;
    if (strstr (messages, NOT_MEASURED) == NULL)
      return throw_file (error, path, vg_chain_reason (messages));
    if (try == VG_SCRATCH_FILE_TRIES) {
      g_autofree char *why = g_strdup_printf (
          NOT_MEASURED ", in %u attempts; QEMU 9.2.1 fixes this", try);

      return throw_file (error, path, why);
    }
    g_debug ("attempt %u: %s", try, g_strstrip (messages));
  }
}
