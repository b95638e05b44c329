/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one place where files of text enter: whatever is parsed, compared or
 * printed later is UTF-8 already. */
#include "util/text-file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/text.h"

#define CHUNK ((gsize) 64 << 10)

/* For somebody to open a pipe to write, and for that writer to say something.
 */
#define PATIENCE_MS 5000
#define WRITER_US (60 * G_USEC_PER_SEC)

/* The path in a message, which may itself be no UTF-8. */
static char *
show (const char *path)
{
  return *path != '\0' ? vg_text_clean (path, 0) : g_strdup ("''");
}

static void
throw_errno (GError **error, const char *path, int number)
{
  g_autofree char *shown = show (path);

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number), "%s: %s",
               shown, g_strerror (number));
}

static gboolean
throw_content (GError **error, const char *path, const char *why)
{
  g_autofree char *shown = show (path);

  g_set_error (error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE,
               "%s: %s", shown, why);
  return FALSE;
}

gboolean
vg_text_file_check (const char *what, const char *text, gsize length,
                    GError **error)
{
  g_autofree char *shown = NULL;
  const char *wrong;

  if (g_utf8_validate_len (text, length, &wrong))
    return TRUE;
  shown = show (what);
  if (*wrong == '\0')
    g_set_error (error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE,
                 "%s:%u: there is a NUL byte", shown,
                 vg_text_find_line (text, wrong));
  else
    g_set_error (error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE,
                 "%s:%u: the byte 0x%02x is not UTF-8; save the text in UTF-8",
                 shown, vg_text_find_line (text, wrong), (guchar) *wrong);
  return FALSE;
}

/* Waits until something can be read. Without a wait, a pipe that nobody has
 * opened yet to write would seem to be empty. Returns what read() does. */
static ssize_t
read_some (int fd, char *bytes, gsize n_bytes)
{
  struct pollfd file = { .fd = fd, .events = POLLIN };
  gint64 end = g_get_monotonic_time () + WRITER_US;

  for (;;) {
    int ready = poll (&file, 1, PATIENCE_MS);
    ssize_t n = ready < 0 ? -1 : read (fd, bytes, n_bytes);

    if (n > 0 || (n == 0 && ready > 0))
      return n;
    if (n < 0 && errno != EINTR && errno != EAGAIN)
      return -1;
    if (n == 0 || g_get_monotonic_time () > end) {
      errno = ETIMEDOUT;
      return -1;
    }
  }
}

/* Reads up to the end, or max + 1 bytes. FALSE with errno. */
static gboolean
read_all (int fd, gsize max, GString *text)
{
  while (text->len <= max) {
    gsize before = text->len;
    ssize_t n;

    g_string_set_size (text, before + MIN (CHUNK, max + 1 - before));
    n = read_some (fd, text->str + before, text->len - before);
    g_string_truncate (text, before + (gsize) MAX (n, 0));
    if (n <= 0)
      return n == 0;
  }
  return TRUE;
}

static char *
read_open (int fd, const char *path, gsize max, gboolean regular, gsize *length,
           GError **error)
{
  GString *text = g_string_new (NULL);
  struct stat st;
  gboolean ok = FALSE;

  if (fstat (fd, &st) < 0)
    throw_errno (error, path, errno);
  else if (regular && !S_ISREG (st.st_mode))
    throw_content (error, path, "it is not a regular file");
  else if (!read_all (fd, max, text))
    throw_errno (error, path, errno);
  else if (text->len > max)
    throw_content (error, path, "it is too long");
  else
    ok = vg_text_file_check (path, text->str, text->len, error);
  *length = text->len;
  if (ok)
    return g_string_free (text, FALSE);
  /* A half-read file may hold a secret. */
  explicit_bzero (text->str, text->len);
  g_string_free (text, TRUE);
  return NULL;
}

char *
vg_text_file_read (const char *path, gsize max, gboolean regular, gsize *length,
                   GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  char *text;

  if (fd < 0) {
    throw_errno (error, path, errno);
    return NULL;
  }
  text = read_open (fd, path, max, regular, length, error);
  close (fd);
  return text;
}
