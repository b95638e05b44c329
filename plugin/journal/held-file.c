/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Locks of open file descriptions: those of the same process count, too. */
#include "journal/held-file.h"

#include <fcntl.h>
#include <unistd.h>

gboolean
vg_held_file_lock (int fd)
{
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

  return fcntl (fd, F_OFD_SETLK, &whole) == 0;
}

gboolean
vg_held_file_read (const char *path, gboolean tidy, char *text, gsize size)
{
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int fd = open (path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  gssize n;

  *text = '\0';
  if (fd < 0)
    return FALSE;
  if (fcntl (fd, F_OFD_GETLK, &whole) == 0 && whole.l_type == F_UNLCK) {
    if (tidy)
      unlink (path);
    close (fd);
    return FALSE;
  }
  n = pread (fd, text, size - 1, 0);
  text[MAX (n, 0)] = '\0';
  close (fd);
  return TRUE;
}
