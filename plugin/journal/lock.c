/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One job per domain: a lock of an open file description (fcntl(2)) on a file
 * that contains the job's id. The file is never deleted, because a lock on a
 * deleted file excludes nobody. */
#include "journal/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "util/directory.h"
#include "util/text.h"

struct _VgLock {
  int fd;
  off_t end; /* of the job's id in the file */
};

/* Behind the id and a NUL, where older versions see nothing. */
#define PERCENT_FORMAT "%3u"

/* why is taken: NULL, or why there can be no such file. */
static void
set_error (GError *why, GError **error)
{
  g_autoptr (GError) owned = why;

  if (why == NULL)
    return;
  vg_directory_blame (VG_DIRECTORY_STATE_OPTION, &owned);
  g_set_error (error, VG_LOCK_ERROR, VG_LOCK_ERROR_FAILED, "%s",
               owned->message);
}

/* trial: makes nothing; -1 without error if there is no file. */
static int
open_file (const char *state_path, const char *uuid, gboolean trial,
           GError **error)
{
  g_autofree char *folder = g_build_filename (state_path, "locks", NULL);
  g_autofree char *path = g_build_filename (folder, uuid, NULL);
  int flags = trial ? O_RDONLY : O_RDWR | O_CREAT;
  GError *why = NULL;
  int fd = -1;

  if (trial ? vg_directory_try (folder, NULL, &why)
            : vg_directory_ensure (folder, 0700, NULL, &why)) {
    fd = open (path, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && !(trial && errno == ENOENT))
      g_set_error (&why, G_FILE_ERROR, g_file_error_from_errno (errno),
                   "the lock file %s can't be created: %s", path,
                   g_strerror (errno));
  }
  set_error (why, error);
  return fd;
}

static char *
read_holder (int fd)
{
  char text[64] = "";

  if (pread (fd, text, sizeof text - 1, 0) < 0)
    text[0] = '\0';
  return g_strdup (text);
}

/* Only two errors mean that somebody holds the lock, see fcntl(2). */
static void
throw_unlocked (GError **error, int fd, int number)
{
  g_autofree char *holder = read_holder (fd);
  g_autofree char *shown = vg_text_clean (holder, 0);

  if (number == EAGAIN || number == EACCES)
    g_set_error (error, VG_LOCK_ERROR, VG_LOCK_ERROR_HELD,
                 "job %s is working on the domain; wait until it has ended",
                 shown);
  else
    g_set_error (error, VG_LOCK_ERROR, VG_LOCK_ERROR_FAILED,
                 "the domain can't be locked: %s; does the file system "
                 "of " VG_DIRECTORY_STATE_OPTION " support locks?",
                 g_strerror (number));
}

VgLock *
vg_lock_take (const char *state_path, const char *uuid, const char *job_id,
              GError **error)
{
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int fd = open_file (state_path, uuid, FALSE, error);
  VgLock *lock;

  if (fd < 0)
    return NULL;
  if (fcntl (fd, F_OFD_SETLK, &whole) < 0) {
    throw_unlocked (error, fd, errno);
    close (fd);
    return NULL;
  }
  if (ftruncate (fd, 0) < 0
      || pwrite (fd, job_id, strlen (job_id), 0) != (gssize) strlen (job_id)) {
    g_set_error (error, VG_LOCK_ERROR, VG_LOCK_ERROR_FAILED,
                 "the lock file can't be written: %s; "
                 "check " VG_DIRECTORY_STATE_OPTION,
                 g_strerror (errno));
    close (fd);
    return NULL;
  }
  lock = g_new0 (VgLock, 1);
  lock->fd = fd;
  lock->end = (off_t) strlen (job_id);
  return lock;
}

void
vg_lock_free (VgLock *lock)
{
  if (lock == NULL)
    return;
  close (lock->fd);
  g_free (lock);
}

void
vg_lock_set_percent (VgLock *lock, guint percent)
{
  g_autofree char *text = g_strdup_printf (PERCENT_FORMAT, MIN (percent, 100));

  /* (The gap becomes a NUL.) */
  if (pwrite (lock->fd, text, strlen (text), lock->end + 1) < 0)
    g_debug ("the progress can't be told: %s", g_strerror (errno));
}

int
vg_lock_get_percent (const char *state_path, const char *uuid,
                     const char *job_id)
{
  char text[64] = "";
  int fd = open_file (state_path, uuid, TRUE, NULL);
  gssize n = fd >= 0 ? pread (fd, text, sizeof text - 1, 0) : -1;
  gsize end = strlen (text) + 1;

  if (fd >= 0)
    close (fd);
  if (n <= (gssize) end || strcmp (text, job_id) != 0)
    return -1;
  return (int) MIN (g_ascii_strtoull (text + end, NULL, 10), 100);
}

gboolean
vg_lock_try (const char *state_path, const char *uuid, GError **error)
{
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  g_autoptr (GError) why = NULL;
  int fd = open_file (state_path, uuid, TRUE, &why);

  if (fd >= 0) {
    if (fcntl (fd, F_OFD_GETLK, &whole) < 0)
      throw_unlocked (&why, fd, errno);
    else if (whole.l_type != F_UNLCK)
      throw_unlocked (&why, fd, EAGAIN);
    close (fd);
  }
  if (why == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

gboolean
vg_lock_holds_job (const char *state_path, const char *uuid, const char *job_id)
{
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int fd = open_file (state_path, uuid, FALSE, NULL);
  gboolean held;

  if (fd < 0)
    return FALSE;
  /* Only queries: taking the lock could make another job fail. */
  held = fcntl (fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
  if (held) {
    g_autofree char *holder = read_holder (fd);

    held = strcmp (holder, job_id) == 0;
  }
  close (fd);
  return held;
}
