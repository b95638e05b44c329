/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undoes the disks and the definition of a domain that comes back, and changes
 * of a definition. Our file has
 * a hidden name until it has the disk's name: while the hidden name exists, a
 * different file with the disk's name is not ours. */
#include "job/undo-define.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/swap.h"
#include "domain/backing-store.h"
#include "domain/redefine.h"
#include "host/define.h"
#include "job/undo-kinds.h"

static gboolean
throw_errno (GError **error, const char *path, const char *what)
{
  int number = errno;

  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (number),
               "%s can't be %s: %s", path, what, g_strerror (number));
  return FALSE;
}

/* Without an exchange by name there are two names for a moment. */
static gboolean
move (const char *from, const char *to)
{
  if (renameat2 (AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
    return TRUE;
  if (errno != EINVAL && errno != ENOSYS)
    return FALSE;
  return link (from, to) == 0 && unlink (from) == 0;
}

gboolean
vg_disk_file_place (const VgJournal *journal, const char *path, GError **error)
{
  g_autofree char *hidden = vg_swap_get_new (path, journal->id);
  g_autofree char *directory = g_path_get_dirname (path);
  gboolean written;
  int fd;

  if (!move (hidden, path))
    return throw_errno (error, path, "made");
  fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  written = fd >= 0 && fsync (fd) == 0;
  if (!written)
    throw_errno (error, directory, "written to the disk");
  if (fd >= 0)
    close (fd);
  return written;
}

static gboolean
is_ours (const char *hidden, const char *path)
{
  struct stat first, second;

  if (lstat (hidden, &first) != 0)
    return errno == ENOENT;
  return lstat (path, &second) == 0 && first.st_dev == second.st_dev
         && first.st_ino == second.st_ino;
}

gboolean
vg_undo_disk_file (const VgJournal *journal, const VgStep *step,
                   const VgPeers *peers G_GNUC_UNUSED, GError **error)
{
  g_autofree char *hidden = NULL;

  if (!g_path_is_absolute (step->object)) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                 "the journal names '%s', which is no file", step->object);
    return FALSE;
  }
  hidden = vg_swap_get_new (step->object, journal->id);
  if (!is_ours (hidden, step->object) || unlink (step->object) == 0
      || errno == ENOENT)
    return TRUE;
  return throw_errno (error, step->object, "removed");
}

gboolean
vg_undo_domain (const VgJournal *journal, const VgStep *step,
                const VgPeers *peers, GError **error)
{
  return vg_host_undefine (peers->host, step->object, VG_RESTORED_URI,
                           journal->id, error);
}

gboolean
vg_look_domain (const VgJournal *journal G_GNUC_UNUSED, const VgStep *step,
                const VgPeers *peers)
{
  g_autoptr (VgGuest) guest = NULL;

  return !vg_host_is_free (peers->host, step->object, &guest, NULL)
         && guest != NULL;
}

gboolean
vg_undo_backing_store (const VgJournal *journal G_GNUC_UNUSED,
                       const VgStep *step, const VgPeers *peers, GError **error)
{
  g_autofree char *now = NULL, *before = NULL;

  if (step->xml == NULL)
    return TRUE;
  now = vg_guest_get_whole_definition (peers->guest, error);
  if (now == NULL
      || !vg_backing_store_put_back (now, step->xml, &before, error))
    return FALSE;
  return before == NULL || vg_guest_redefine (peers->guest, before, error);
}

gboolean
vg_look_backing_store (const VgJournal *journal G_GNUC_UNUSED,
                       const VgStep *step, const VgPeers *peers)
{
  g_autofree char *now = vg_guest_get_definition (peers->guest, NULL);
  g_autofree char *without = NULL, *removed = NULL;

  return now != NULL
         && vg_backing_store_remove (now, step->object, &without, &removed,
                                     NULL)
         && removed == NULL;
}
