/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file is made, written and locked, and those of dead processes are deleted,
 * while the directory is locked, for a moment; who only looks needs no lock. */
#include "journal/share.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "journal/held-file.h"
#include "journal/lock.h"
#include "util/directory.h"

#define LOCK_TRIES 500
#define LOCK_PAUSE_US 10000
#define NUMBER_SIZE 24

struct _VgShare {
  char *folder;
  char *path;
  int fd;
  guint64 total;
  guint64 own;
};

static int
compare_limits (gconstpointer a, gconstpointer b)
{
  guint64 one = *(const guint64 *) a, other = *(const guint64 *) b;

  return one < other ? -1 : one > other;
}

guint64
vg_share_divide (guint64 total, const guint64 *limits, gsize n, guint64 own)
{
  g_autofree guint64 *sorted = g_new (guint64, MAX (n, 1));
  guint64 part = total;

  for (gsize i = 0; i < n; i++)
    sorted[i] = limits[i] != 0 ? limits[i] : G_MAXUINT64;
  qsort (sorted, n, sizeof *sorted, compare_limits);
  /* The lowest limits first: what they leave makes the other parts larger. */
  for (gsize i = 0; i < n; i++) {
    part = total / (n - i);
    if (sorted[i] >= part)
      break;
    total -= sorted[i];
  }
  if (own != 0)
    part = MIN (part, own);
  return MAX (part, 1);
}

static gboolean throw (GError * *error, const char *what, int number)
{
  g_set_error (error, VG_LOCK_ERROR, VG_LOCK_ERROR_FAILED,
               "the shares of host_upload_rate can't be kept: %s: %s; "
               "check " VG_DIRECTORY_STATE_OPTION,
               what, g_strerror (number));
  return FALSE;
}

/* -1 with an error. Close it to unlock. */
static int
lock_folder (const char *folder, GError **error)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  for (guint i = 0; fd >= 0 && i < LOCK_TRIES; i++) {
    if (flock (fd, LOCK_EX | LOCK_NB) == 0)
      return fd;
    if (errno != EWOULDBLOCK && errno != EINTR)
      break;
    g_usleep (LOCK_PAUSE_US);
  }
  throw (error, folder, errno);
  if (fd >= 0)
    close (fd);
  return -1;
}

/* The limits of all uploads, as an array of guint64. */
static GArray *
read_limits (const char *folder, gboolean tidy)
{
  GArray *limits = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    char text[NUMBER_SIZE];
    guint64 limit;

    if (!vg_held_file_read (path, tidy, text, sizeof text))
      continue;
    limit = g_ascii_strtoull (text, NULL, 10);
    g_array_append_val (limits, limit);
  }
  return limits;
}

/* The limit first: who sees the lock sees it, too. */
static gboolean
make_file (VgShare *share, GError **error)
{
  g_autofree char *text =
      g_strdup_printf ("%" G_GUINT64_FORMAT "\n", share->own);

  share->fd = open (share->path,
                    O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  return (share->fd >= 0
          && pwrite (share->fd, text, strlen (text), 0)
                 == (gssize) strlen (text)
          && vg_held_file_lock (share->fd))
         || throw (error, share->path, errno);
}

VgShare *
vg_share_join (const char *state_path, const char *job_id, guint64 total,
               guint64 own, GError **error)
{
  g_autoptr (VgShare) share = g_new0 (VgShare, 1);
  g_autoptr (GError) why = NULL;
  gboolean made;
  int lock;

  share->fd = -1;
  share->total = total;
  share->own = own;
  share->folder = g_build_filename (state_path, "uploads", NULL);
  share->path = g_build_filename (share->folder, job_id, NULL);
  if (!vg_directory_ensure (share->folder, 0700, NULL, &why)) {
    vg_directory_blame (VG_DIRECTORY_STATE_OPTION, &why);
    g_set_error_literal (error, VG_LOCK_ERROR, VG_LOCK_ERROR_FAILED,
                         why->message);
    return NULL;
  }
  lock = lock_folder (share->folder, error);
  if (lock < 0)
    return NULL;
  g_array_unref (read_limits (share->folder, TRUE));
  made = make_file (share, error);
  close (lock);
  return made ? g_steal_pointer (&share) : NULL;
}

guint64
vg_share_get (const VgShare *share)
{
  g_autoptr (GArray) limits = read_limits (share->folder, FALSE);

  return vg_share_divide (share->total, (const guint64 *) limits->data,
                          limits->len, share->own);
}

void
vg_share_leave (VgShare *share)
{
  if (share == NULL)
    return;
  if (share->fd >= 0) {
    g_unlink (share->path);
    close (share->fd);
  }
  g_free (share->path);
  g_free (share->folder);
  g_free (share);
}
