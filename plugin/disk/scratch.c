/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making scratch files by qemu-img(1). They belong to whom their folder belongs
 * to, the hypervisor's user. This one may put links there while we are at it,
 * and we may be root: so a file is made new and then known by its descriptor,
 * never by its name. */
#include "disk/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/chain.h"
#include "disk/unlock.h"
#include "util/child.h"

/* So long (ms) QEMU computes with a passphrase before it opens the file, with
 * the guest frozen. Its default is 2000, which is for files that stay. */
#define OPTIONS                                                                \
  "encrypt.format=luks,encrypt.key-secret=key0,encrypt.iter-time=100"

/* QEMU measures how fast keys are derived here, and where the time that a
 * thread took is known in coarse ticks it may find that none went by. */
#define NOT_MEASURED "Unable to get accurate CPU usage"
#define TRIES 5

/* By this number qemu-img has the file: behind those of keys. */
#define FILE_FD 9

static gboolean
throw_file (GError **error, const char *path, const char *why)
{
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
               "the scratch file %s can't be created: %s", path, why);
  return FALSE;
}

/* The command but for the file and its size; and, by launcher, the key. */
static gboolean
begin_command (VgGuest *guest, const VgSource *layer, GPtrArray *argv,
               GSubprocessLauncher *launcher, GError **error)
{
  static const char *const plain[] = { "qemu-img", "create", "-q", "-f",
                                       "qcow2" };
  g_autoptr (GPtrArray) keys = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++)
    g_ptr_array_add (argv, g_strdup (plain[i]));
  if (layer == NULL)
    return TRUE;
  keys = vg_unlock_layer (layer, guest, error);
  if (keys == NULL || !vg_unlock_pass (keys, launcher, argv, error))
    return FALSE;
  g_ptr_array_add (argv, g_strdup ("-o"));
  g_ptr_array_add (argv, g_strdup (OPTIONS));
  return TRUE;
}

static gboolean
run (GSubprocessLauncher *launcher, GPtrArray *argv, const char *path,
     GCancellable *cancellable, GError **error)
{
  g_autofree char *messages = NULL, *line = NULL;
  g_autoptr (GSubprocess) process = NULL;

  line = g_strjoinv (" ", (char **) argv->pdata);
  g_debug ("%s", line);
  process = g_subprocess_launcher_spawnv (
      launcher, (const char *const *) argv->pdata, error);
  if (process == NULL) {
    g_prefix_error (error, "qemu-img (Debian: qemu-utils) is needed for "
                           "encrypted disks: ");
    return FALSE;
  }
  if (!vg_child_communicate (process, cancellable, NULL, &messages, error))
    return FALSE;
  return g_subprocess_get_successful (process)
         || throw_file (error, path, vg_chain_reason (messages));
}

/* As libvirt would leave it. */
static gboolean
hand_over (int fd, const char *path, const char *folder, GError **error)
{
  struct stat st;

  if (stat (folder, &st) == 0 && fchmod (fd, 0600) == 0
      && (st.st_uid == geteuid () || fchown (fd, st.st_uid, st.st_gid) == 0))
    return TRUE;
  return throw_file (error, path, g_strerror (errno));
}

/* Makes the empty file at path a qcow2 one. */
static gboolean
fill_file (VgGuest *guest, const VgScratchPaths *place, const char *target,
           const char *path, int fd, GCancellable *cancellable, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher =
      vg_child_launcher (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  guint64 size;

  if (!vg_guest_get_capacity (guest, target, &size, error)
      || !begin_command (guest, g_hash_table_lookup (place->keys, target), argv,
                         launcher, error))
    return FALSE;
  g_subprocess_launcher_take_fd (launcher, fcntl (fd, F_DUPFD_CLOEXEC, 0),
                                 FILE_FD);
  g_ptr_array_add (argv, g_strdup_printf ("/dev/fd/%d", FILE_FD));
  g_ptr_array_add (argv, g_strdup_printf ("%" G_GUINT64_FORMAT, size));
  g_ptr_array_add (argv, NULL);
  return run (launcher, argv, path, cancellable, error);
}

static gboolean
fill_in_tries (VgGuest *guest, const VgScratchPaths *place, const char *target,
               const char *path, int fd, GCancellable *cancellable,
               GError **error)
{
  for (guint try = 1;; try++) {
    g_autoptr (GError) why = NULL;

    if (fill_file (guest, place, target, path, fd, cancellable, &why))
      return TRUE;
    if (try == TRIES || strstr (why->message, NOT_MEASURED) == NULL) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
    g_debug ("once more: %s", why->message);
  }
}

static char *
get_path (const VgScratchPaths *place, const char *target)
{
  return g_strdup_printf ("%s/%s.scratch", place->scratch_folder, target);
}

static gboolean
make_file (VgGuest *guest, const VgScratchPaths *place, const char *target,
           GCancellable *cancellable, GError **error)
{
  g_autofree char *path = get_path (place, target);
  int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  gboolean ok;

  if (fd < 0)
    return throw_file (error, path, g_strerror (errno));
  ok = fill_in_tries (guest, place, target, path, fd, cancellable, error)
       && hand_over (fd, path, place->scratch_folder, error);
  close (fd);
  return ok;
}

gboolean
vg_scratch_make (VgGuest *guest, const VgScratchPaths *place,
                 const char *const *targets, GCancellable *cancellable,
                 GError **error)
{
  for (gsize i = 0; targets[i] != NULL; i++) {
    if (make_file (guest, place, targets[i], cancellable, error))
      continue;
    /* libvirt makes none where there is one. */
    for (gsize made = 0; made <= i; made++) {
      g_autofree char *path = get_path (place, targets[made]);

      unlink (path);
    }
    return FALSE;
  }
  return TRUE;
}
