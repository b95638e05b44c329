/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files are called TIME-JOB, so that their names sort them by age. One that
 * nobody locks is of a process that ended; whoever finds it deletes it. All
 * this happens while the file "mutex" is locked, for a moment. */
#include "journal/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "journal/held-file.h"
#include "journal/lock.h"
#include "util/directory.h"

#define MUTEX "mutex"
#define MUTEX_TRIES 500
#define MUTEX_PAUSE_US 10000

/* The content of a file. */
#define WAITS "w"
#define HAS_TURN "t"

struct _VgTurn {
  char *folder;
  char *path;
  int fd;
  gboolean begun;
};

static gboolean throw (GError * *error, const char *what, int number)
{
  g_set_error (error, VG_LOCK_ERROR, VG_LOCK_ERROR_FAILED,
               "the turns of jobs can't be kept: %s: %s; "
               "check " VG_DIRECTORY_STATE_OPTION,
               what, g_strerror (number));
  return FALSE;
}

static char *
make_folder_path (const char *state_path)
{
  return g_build_filename (state_path, "turns", NULL);
}

/* -1 with an error. Close it to unlock. */
static int
lock_mutex (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, MUTEX, NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

  if (fd < 0) {
    throw (error, path, errno);
    return -1;
  }
  for (guint i = 0; i < MUTEX_TRIES; i++) {
    if (vg_held_file_lock (fd))
      return fd;
    if (errno != EAGAIN && errno != EACCES)
      break;
    g_usleep (MUTEX_PAUSE_US);
  }
  throw (error, path, errno);
  close (fd);
  return -1;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* The names of the jobs' files, oldest first. */
static GPtrArray *
list_names (const char *folder)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (strcmp (name, MUTEX) != 0)
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

/* The content's letter; '\0' if nobody locks the file. */
static char
look_at (const char *folder, const char *name, gboolean tidy)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char text[2];

  if (!vg_held_file_read (path, tidy, text, sizeof text))
    return '\0';
  return *text != '\0' ? *text : *WAITS;
}

VgTurn *
vg_turn_queue (const char *state_path, const char *job_id, GError **error)
{
  g_autoptr (VgTurn) turn = g_new0 (VgTurn, 1);
  g_autoptr (GError) why = NULL;
  int mutex;

  turn->fd = -1;
  turn->folder = make_folder_path (state_path);
  if (!vg_directory_ensure (turn->folder, 0700, NULL, &why)) {
    vg_directory_blame (VG_DIRECTORY_STATE_OPTION, &why);
    g_set_error_literal (error, VG_LOCK_ERROR, VG_LOCK_ERROR_FAILED,
                         why->message);
    return NULL;
  }
  mutex = lock_mutex (turn->folder, error);
  if (mutex < 0)
    return NULL;
  turn->path = g_strdup_printf ("%s/%020" G_GINT64_FORMAT "-%s", turn->folder,
                                g_get_real_time (), job_id);
  turn->fd = open (turn->path,
                   O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (turn->fd < 0 || !vg_held_file_lock (turn->fd)
      || pwrite (turn->fd, WAITS, 1, 0) != 1) {
    throw (error, turn->path, errno);
    close (mutex);
    return NULL;
  }
  close (mutex);
  return g_steal_pointer (&turn);
}

/* Whether nobody waits who came earlier, and there is room. */
static gboolean
may_begin (const VgTurn *turn, guint max)
{
  g_autoptr (GPtrArray) names = list_names (turn->folder);
  g_autofree char *own = g_path_get_basename (turn->path);
  guint n_running = 0, n_before = 0;

  for (guint i = 0; i < names->len; i++) {
    const char *name = names->pdata[i];
    char letter;

    if (strcmp (name, own) == 0)
      continue;
    letter = look_at (turn->folder, name, TRUE);
    if (letter == *HAS_TURN)
      n_running++;
    else if (letter != '\0' && strcmp (name, own) < 0)
      n_before++;
  }
  return n_running + n_before < max;
}

gboolean
vg_turn_try (VgTurn *turn, guint max, gboolean *begins, GError **error)
{
  int mutex;

  *begins = turn->begun;
  if (turn->begun)
    return TRUE;
  mutex = lock_mutex (turn->folder, error);
  if (mutex < 0)
    return FALSE;
  if (may_begin (turn, max)) {
    if (pwrite (turn->fd, HAS_TURN, 1, 0) != 1) {
      throw (error, turn->path, errno);
      close (mutex);
      return FALSE;
    }
    *begins = turn->begun = TRUE;
  }
  close (mutex);
  return TRUE;
}

void
vg_turn_free (VgTurn *turn)
{
  if (turn == NULL)
    return;
  if (turn->fd >= 0) {
    g_unlink (turn->path);
    close (turn->fd);
  }
  g_free (turn->path);
  g_free (turn->folder);
  g_free (turn);
}

gboolean
vg_turn_is_awaited (const char *state_path, const char *job_id)
{
  g_autofree char *folder = make_folder_path (state_path);
  g_autofree char *end = g_strconcat ("-", job_id, NULL);
  g_autoptr (GPtrArray) names = list_names (folder);

  for (guint i = 0; i < names->len; i++)
    if (g_str_has_suffix (names->pdata[i], end))
      return look_at (folder, names->pdata[i], FALSE) == *WAITS;
  return FALSE;
}
