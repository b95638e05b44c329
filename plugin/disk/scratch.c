/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Creates scratch files. They belong to the owner of their
 * directory, the hypervisor's user. That user may create links there meanwhile,
 * and we may be root: so each file is newly created and accessed only by its
 * descriptor, never by its path. */
#include "disk/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/scratch-file.h"
#include "disk/unlock.h"
#include "util/safe-path.h"

typedef struct {
  VgGuest *guest;
  const VgScratchPaths *place;
  VgScratchWrite write;
  GCancellable *cancellable;
} Scratch;

static gboolean
throw_file (GError **error, const char *path, const char *why)
{
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
               "the scratch file %s can't be created: %s", path, why);
  return FALSE;
}

/* Sets the owner and mode that libvirt would set. */
static gboolean
hand_over (int fd, const char *path, int folder, GError **error)
{
  struct stat st;

  if (fstat (folder, &st) == 0 && st.st_nlink == 0)
    return throw_file (error, path, g_strerror (ENOENT));
  if (fstat (folder, &st) == 0 && fchmod (fd, 0600) == 0
      && (st.st_uid == geteuid () || fchown (fd, st.st_uid, st.st_gid) == 0))
    return TRUE;
  return throw_file (error, path, g_strerror (errno));
}

static gboolean
write_plain (const Scratch *scratch, int fd, const char *path, guint64 size,
             GError **error)
{
  g_autoptr (GError) why = NULL;

  return scratch->write (fd, size, &why)
         || throw_file (error, path, why->message);
}

/* Gets the key from libvirt, if encrypted. */
static gboolean
format_scratch (const Scratch *scratch, const char *target, const char *path,
                int fd, GError **error)
{
  const VgSource *layer = g_hash_table_lookup (scratch->place->keys, target);
  g_autoptr (GPtrArray) keys = NULL;
  guint64 size;

  if (!vg_guest_get_capacity (scratch->guest, target, &size, error))
    return FALSE;
  if (layer == NULL)
    return write_plain (scratch, fd, path, size, error);
  keys = vg_unlock_layer (layer, scratch->guest, error);
  return keys != NULL
         && vg_scratch_file_format (fd, path, size, keys, scratch->cancellable,
                                    error);
}

static char *
get_name (const char *target)
{
  return g_strdup_printf ("%s.scratch", target);
}

static gboolean
make_file (const Scratch *scratch, int folder, const char *target,
           GError **error)
{
  g_autofree char *name = get_name (target);
  g_autofree char *path =
      g_build_filename (scratch->place->scratch_folder, name, NULL);
  int fd = openat (folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  gboolean ok;

  if (fd < 0)
    return throw_file (error, path, g_strerror (errno));
  ok = format_scratch (scratch, target, path, fd, error)
       && hand_over (fd, path, folder, error);
  close (fd);
  return ok;
}

static gboolean
make_files (const Scratch *scratch, int folder, const char *const *targets,
            GError **error)
{
  for (gsize i = 0; targets[i] != NULL; i++) {
    if (make_file (scratch, folder, targets[i], error))
      continue;
    /* libvirt doesn't create a file that exists. */
    for (gsize made = 0; made <= i; made++) {
      g_autofree char *name = get_name (targets[made]);

      unlinkat (folder, name, 0);
    }
    return FALSE;
  }
  return TRUE;
}

gboolean
vg_scratch_make (VgGuest *guest, const VgScratchPaths *place,
                 const char *const *targets, VgScratchWrite write,
                 GCancellable *cancellable, GError **error)
{
  const Scratch scratch = { guest, place, write, cancellable };
  g_autofree char *doubt = NULL;
  g_autoptr (GError) why = NULL;
  int folder = vg_safe_path_open (place->scratch_folder, 0, &doubt, &why);
  gboolean ok;

  if (folder < 0)
    return throw_file (error, place->scratch_folder, why->message);
  ok = make_files (&scratch, folder, targets, error);
  close (folder);
  return ok;
}
