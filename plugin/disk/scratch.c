/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Creates scratch files with qemu-img(1). They belong to the owner of their
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

/* Gets the key from libvirt, if encrypted. */
static gboolean
format_scratch (VgGuest *guest, const VgScratchPaths *place, const char *target,
                const char *path, int fd, GCancellable *cancellable,
                GError **error)
{
  const VgSource *layer = g_hash_table_lookup (place->keys, target);
  g_autoptr (GPtrArray) keys = NULL;
  guint64 size;

  if (!vg_guest_get_capacity (guest, target, &size, error))
    return FALSE;
  if (layer != NULL) {
    keys = vg_unlock_layer (layer, guest, error);
    if (keys == NULL)
      return FALSE;
  }
  return vg_scratch_file_format (fd, path, size, keys, cancellable, error);
}

static char *
get_name (const char *target)
{
  return g_strdup_printf ("%s.scratch", target);
}

static gboolean
make_file (VgGuest *guest, const VgScratchPaths *place, int folder,
           const char *target, GCancellable *cancellable, GError **error)
{
  g_autofree char *name = get_name (target);
  g_autofree char *path = g_build_filename (place->scratch_folder, name, NULL);
  int fd = openat (folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  gboolean ok;

  if (fd < 0)
    return throw_file (error, path, g_strerror (errno));
  ok = format_scratch (guest, place, target, path, fd, cancellable, error)
       && hand_over (fd, path, folder, error);
  close (fd);
  return ok;
}

static gboolean
make_files (VgGuest *guest, const VgScratchPaths *place, int folder,
            const char *const *targets, GCancellable *cancellable,
            GError **error)
{
  for (gsize i = 0; targets[i] != NULL; i++) {
    if (make_file (guest, place, folder, targets[i], cancellable, error))
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
                 const char *const *targets, GCancellable *cancellable,
                 GError **error)
{
  g_autofree char *doubt = NULL;
  g_autoptr (GError) why = NULL;
  int folder = vg_safe_path_open (place->scratch_folder, 0, &doubt, &why);
  gboolean ok;

  if (folder < 0)
    return throw_file (error, place->scratch_folder, why->message);
  ok = make_files (guest, place, folder, targets, cancellable, error);
  close (folder);
  return ok;
}
