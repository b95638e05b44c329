/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Zeroes are made by fallocate(2), which tells the device to forget blocks, or
 * lets the kernel write them; where it can't, they are written. */
#include "disk/overwrite.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/disk.h"

#define PART ((gsize) 1 << 20)          /* bytes that are copied at once */
#define ZERO_PART ((guint64) 256 << 20) /* bytes that are zeroed at once */

typedef struct {
  int from, to;
  guint64 size;
  const char *device;
  char *buffer; /* of PART bytes */
  void (*progress) (guint64 done, guint64 total, gpointer data);
  gpointer data;
} Copy;

static gboolean
throw_errno (GError **error, const char *device, const char *what)
{
  int number = errno;

  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (number),
               "%s %s: %s", device, what, g_strerror (number));
  return FALSE;
}

int
vg_overwrite_open (const char *device, guint64 *size, GError **error)
{
  int fd = open (device, O_RDWR | O_EXCL | O_CLOEXEC);

  if (fd < 0 && errno == EBUSY)
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_BUSY,
                 "%s can't be overwritten: this host uses it, as a file "
                 "system, or for an array or a volume group",
                 device);
  else if (fd < 0)
    throw_errno (error, device, "can't be opened for writing");
  else if (ioctl (fd, BLKGETSIZE64, size) == 0)
    return fd;
  else
    throw_errno (error, device, "doesn't tell its size");
  if (fd >= 0)
    close (fd);
  return -1;
}

static gboolean
write_part (const Copy *copy, const char *bytes, gsize n, guint64 offset,
            GError **error)
{
  while (n > 0) {
    ssize_t done = pwrite (copy->to, bytes, n, (off_t) offset);

    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return throw_errno (error, copy->device, "can't be written");
    bytes += done;
    offset += (guint64) done;
    n -= (gsize) done;
  }
  return TRUE;
}

static void
report (const Copy *copy, guint64 done)
{
  if (copy->progress != NULL)
    copy->progress (done, copy->size, copy->data);
}

static gboolean
write_zeroes (const Copy *copy, guint64 start, guint64 end, GError **error)
{
  memset (copy->buffer, 0, PART);
  for (; start < end; start += MIN (PART, end - start))
    if (!write_part (copy, copy->buffer, MIN (PART, end - start), start, error))
      return FALSE;
  return TRUE;
}

static gboolean
zero (const Copy *copy, guint64 start, guint64 end, GError **error)
{
  while (start < end) {
    guint64 n = MIN (ZERO_PART, end - start);

    if (fallocate (copy->to, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
                   (off_t) start, (off_t) n)
            != 0
        && !write_zeroes (copy, start, start + n, error))
      return FALSE;
    start += n;
    report (copy, start);
  }
  return TRUE;
}

static gboolean
copy_data (const Copy *copy, guint64 start, guint64 end, GError **error)
{
  while (start < end) {
    ssize_t n = pread (copy->from, copy->buffer, MIN (PART, end - start),
                       (off_t) start);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      errno = n < 0 ? errno : EIO;
      return throw_errno (error, copy->device,
                          "can't be written, because its new content can't be "
                          "read");
    }
    if (!write_part (copy, copy->buffer, (gsize) n, start, error))
      return FALSE;
    start += (guint64) n;
    report (copy, start);
  }
  return TRUE;
}

/* The data that begin at or after start; both are length at the end. */
static void
find_data (const Copy *copy, guint64 start, guint64 length, guint64 *data,
           guint64 *end)
{
  off_t found = lseek (copy->from, (off_t) start, SEEK_DATA);
  off_t hole =
      found >= 0 ? lseek (copy->from, found, SEEK_HOLE) : (off_t) length;

  if (found < 0)
    found = errno == ENXIO ? (off_t) length : (off_t) start;
  *data = MIN ((guint64) found, length);
  *end = hole > found ? MIN ((guint64) hole, length) : length;
}

static gboolean
copy_all (const Copy *copy, guint64 length, GError **error)
{
  guint64 at = 0;

  while (at < length) {
    guint64 data, end;

    find_data (copy, at, length, &data, &end);
    if (!zero (copy, at, data, error) || !copy_data (copy, data, end, error))
      return FALSE;
    at = end;
  }
  return zero (copy, length, copy->size, error);
}

gboolean
vg_overwrite (int from, int to, guint64 size, const char *device,
              void (*progress) (guint64 done, guint64 total, gpointer data),
              gpointer data, GError **error)
{
  g_autofree char *buffer = g_malloc (PART);
  const Copy copy = { from, to, size, device, buffer, progress, data };
  struct stat file;

  if (fstat (from, &file) != 0)
    return throw_errno (error, device, "can't be written");
  return copy_all (&copy, (guint64) file.st_size, error)
         && (fsync (to) == 0
             || throw_errno (error, device, "can't be written"));
}
