/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts the child process, and waits for what it finds. The answers come
 * through a pipe, each as soon as it is known. */
#include "util/look.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/text.h"

#define PATIENCE_S 30
#define REAP_PAUSE_US 500
#define REAP_TRIES 2000
#define RESULT_FD 3

/* (LCOV_EXCL_START) The child. It keeps none of our files open: it may outlive
 * us if a file system hangs, and must hold no lock then. */
static void
prepare_child (int out)
{
  sigset_t all;

  /* Our handlers write to files that it has no longer. */
  sigfillset (&all);
  sigprocmask (SIG_BLOCK, &all, NULL);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (dup2 (out, RESULT_FD) < 0)
    _exit (1);
  if (syscall (SYS_close_range, RESULT_FD + 1, ~0U, 0) < 0)
    for (int fd = RESULT_FD + 1; fd < 4096; fd++)
      close (fd);
}

static void
tell (const char *bytes, gsize size)
{
  while (size > 0) {
    ssize_t n = write (RESULT_FD, bytes, size);

    if (n <= 0)
      _exit (1);
    bytes += n;
    size -= (gsize) n;
  }
}

static void G_GNUC_NORETURN
run_child (VgLook look, gconstpointer data, const char *const *paths, gsize n,
           char *answers, gsize size, int out)
{
  prepare_child (out);
  for (gsize i = 0; i < n; i++) {
    look (paths[i], data, answers + i * size);
    tell (answers + i * size, size);
  }
  _exit (0);
}
/* LCOV_EXCL_STOP */

/* Waits until there is something to read. */
static gboolean
await_bytes (int fd, gint64 deadline, const char *path,
             GCancellable *cancellable, GError **error)
{
  for (;;) {
    GPollFD fds[2] = { { .fd = fd, .events = G_IO_IN } };
    gint64 left = deadline - g_get_monotonic_time ();
    guint n_fds = 1;
    int ready;

    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    if (left <= 0) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                   "%s can't be opened: no answer for %d s; its file system "
                   "may hang",
                   path, PATIENCE_S);
      return FALSE;
    }
    if (g_cancellable_make_pollfd (cancellable, &fds[1]))
      n_fds = 2;
    ready = g_poll (fds, n_fds, (gint) (left / 1000) + 1);
    if (n_fds == 2)
      g_cancellable_release_fd (cancellable);
    if (ready > 0 && fds[0].revents != 0)
      return TRUE;
  }
}

/* Reads what the child found. */
static gboolean
await_answers (int fd, const char *const *paths, char *answers, gsize n,
               gsize size, GCancellable *cancellable, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_S * G_USEC_PER_SEC;
  gsize done = 0;

  while (done < n * size) {
    const char *path = paths[done / size];
    ssize_t got;

    if (!await_bytes (fd, deadline, path, cancellable, error))
      return FALSE;
    got = read (fd, answers + done, n * size - done);
    if (got > 0) {
      done += (gsize) got;
    } else if (got == 0 || errno != EINTR) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   "%s can't be examined: the process for it ended", path);
      return FALSE;
    }
  }
  return TRUE;
}

/* One that hangs in the kernel is left to the kernel. */
static void
end_child (pid_t pid)
{
  kill (pid, SIGKILL);
  for (guint i = 0; i < REAP_TRIES && waitpid (pid, NULL, WNOHANG) == 0; i++)
    g_usleep (REAP_PAUSE_US);
}

gboolean
vg_look_ask (VgLook look, gconstpointer data, const char *const *paths, gsize n,
             gpointer answers, gsize size, GCancellable *cancellable,
             GError **error)
{
  int fds[2] = { -1, -1 };
  gboolean ok;
  pid_t pid;

  memset (answers, 0, n * size);
  if (n == 0)
    return TRUE;
  pid = pipe2 (fds, O_CLOEXEC) == 0 ? fork () : -1;
  if (pid == 0)
    run_child (look, data, paths, n, answers, size, fds[1]);
  if (pid < 0) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 "%s can't be examined: %s", paths[0], g_strerror (errno));
    if (fds[0] >= 0) {
      close (fds[0]);
      close (fds[1]);
    }
    return FALSE;
  }
  close (fds[1]);
  ok = await_answers (fds[0], paths, answers, n, size, cancellable, error);
  close (fds[0]);
  end_child (pid);
  return ok;
}

/* Files */

/* (LCOV_EXCL_START) In the child. */
static void
look_at_file (const char *path, gconstpointer data G_GNUC_UNUSED,
              gpointer answer)
{
  VgFileFacts *facts = answer;
  struct statvfs fs;
  struct statx stx;
  struct stat st;

  if (stat (path, &st) < 0) {
    facts->error = errno;
    return;
  }
  facts->mode = st.st_mode;
  facts->device = st.st_dev;
  facts->inode = st.st_ino;
  facts->size = (guint64) st.st_size;
  facts->changed = st.st_mtim;
  if (statx (AT_FDCWD, path, 0, STATX_BTIME, &stx) == 0
      && (stx.stx_mask & STATX_BTIME) != 0)
    facts->born = stx.stx_btime.tv_sec;
  if (statvfs (path, &fs) < 0)
    return;
  facts->has_space = TRUE;
  facts->available = (guint64) fs.f_bavail * fs.f_frsize;
}
/* LCOV_EXCL_STOP */

gboolean
vg_look_at_files (const char *const *paths, gsize n, VgFileFacts *facts,
                  GCancellable *cancellable, GError **error)
{
  return vg_look_ask (look_at_file, NULL, paths, n, facts, sizeof *facts,
                      cancellable, error);
}

gboolean
vg_look_at_file (const char *path, VgFileFacts *facts,
                 GCancellable *cancellable, GError **error)
{
  return vg_look_at_files (&path, 1, facts, cancellable, error);
}

gboolean
vg_look_check_regular (const char *path, GCancellable *cancellable,
                       GError **error)
{
  g_autofree char *shown = vg_text_clean (path, 0);
  VgFileFacts facts;

  if (path == NULL)
    return TRUE;
  if (!vg_look_at_file (path, &facts, cancellable, error))
    return FALSE;
  if (facts.error != 0 || S_ISREG (facts.mode))
    return TRUE;
  g_set_error (error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE,
               "%s: it is not a regular file", shown);
  return FALSE;
}
