/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of the fake's images, object by object: of a clone, those that it
 * does not have itself are its parent's. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/fake-rbd.h"

char *
fake_rbd_data_path (const FakeVersion *version)
{
  return g_build_filename (version->folder, version->group, NULL);
}

char
fake_rbd_object (const FakeVersion *version, guint64 object)
{
  g_autofree char *objects = fake_rbd_get_string (version, "objects");

  if (objects == NULL)
    return FAKE_OBJECT_THERE;
  return object < strlen (objects) ? objects[object] : FAKE_OBJECT_NONE;
}

void
fake_rbd_set_object (const FakeVersion *version, guint64 object, char state)
{
  g_autofree char *objects = fake_rbd_get_string (version, "objects");
  g_autoptr (GString) text = g_string_new (objects);

  if (objects == NULL)
    return;
  while (text->len <= object)
    g_string_append_c (text, FAKE_OBJECT_NONE);
  text->str[object] = state;
  g_key_file_set_string (version->header, version->group, "objects", text->str);
}

gboolean
fake_rbd_is_zero (const guint8 *buffer, gsize length)
{
  return length == 0
         || (buffer[0] == 0 && memcmp (buffer, buffer + 1, length - 1) == 0);
}

static void
read_own (const FakeVersion *version, guint64 offset, guint8 *buffer,
          gsize length)
{
  g_autofree char *path = fake_rbd_data_path (version);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gssize got = fd >= 0 ? pread (fd, buffer, length, (off_t) offset) : 0;

  memset (buffer + MAX (got, 0), 0, length - (gsize) MAX (got, 0));
  if (fd >= 0)
    close (fd);
}

static void
read_parent (const FakeVersion *version, guint64 offset, guint8 *buffer,
             gsize length)
{
  g_auto (FakeVersion) parent = { 0 };
  guint64 overlap;

  memset (buffer, 0, length);
  if (fake_rbd_parent_open (version, &parent, &overlap) && offset < overlap)
    fake_rbd_read (&parent, offset, buffer, MIN (length, overlap - offset));
}

void
fake_rbd_read (const FakeVersion *version, guint64 offset, guint8 *buffer,
               gsize length)
{
  guint64 size = fake_rbd_get (version, "size");
  guint64 object_size = fake_rbd_object_size (version);

  while (length > 0) {
    guint64 object = offset / object_size;
    gsize part = MIN (length, (object + 1) * object_size - offset);

    if (offset >= size)
      memset (buffer, 0, part);
    else if (fake_rbd_object (version, object) == FAKE_OBJECT_THERE)
      read_own (version, offset, buffer, part);
    else
      read_parent (version, offset, buffer, part);
    offset += part;
    buffer += part;
    length -= part;
  }
}

static void
write_own (const FakeVersion *version, guint64 offset, const guint8 *buffer,
           gsize length)
{
  g_autofree char *path = fake_rbd_data_path (version);
  int fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

  if (fd < 0 || pwrite (fd, buffer, length, (off_t) offset) != (gssize) length)
    fake_rbd_die ("%s can't be written", path);
  close (fd);
}

void
fake_rbd_write (const FakeVersion *version, guint64 offset,
                const guint8 *buffer, gsize length)
{
  guint64 object_size = fake_rbd_object_size (version);

  while (length > 0) {
    guint64 object = offset / object_size;
    guint64 start = object * object_size;
    gsize part = MIN (length, start + object_size - offset);

    if (fake_rbd_object (version, object) != FAKE_OBJECT_THERE) {
      g_autofree guint8 *old = g_malloc (object_size);

      fake_rbd_read (version, start, old, object_size);
      if (!fake_rbd_is_zero (old, object_size))
        write_own (version, start, old, object_size);
      fake_rbd_set_object (version, object, FAKE_OBJECT_THERE);
    }
    write_own (version, offset, buffer, part);
    offset += part;
    buffer += part;
    length -= part;
  }
}
