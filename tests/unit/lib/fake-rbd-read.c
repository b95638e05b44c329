/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake of librbd: what there is in an image, reading and writing it. Reads
 * are done when they are asked for by rbd_poll_io_events(), the last one first;
 * writes at once. Points for faults:
 *
 *   rbd_aio_read_result    what a read returns in the end
 *   rbd_aio_write_result   likewise, a write
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/fake-rbd.h"

/* What is zero is told apart in such blocks. */
#define BLOCK_SIZE 4096

typedef struct {
  const FakeVersion *version; /* with what of it is looked at */
  guint64 offset, end;
  gboolean whole; /* objects */
  gboolean has_parent;
  int (*report) (uint64_t, size_t, int, void *);
  void *data;
} Search;

/* Reports runs of blocks that are not zero; zeroes, if a clone has them instead
 * of what its parent has there. */
static int
search_blocks (const Search *search, const guint8 *buffer, guint64 offset,
               guint64 end, gboolean own)
{
  int result = 0;

  while (offset < end && result >= 0) {
    guint64 length = MIN (BLOCK_SIZE - offset % BLOCK_SIZE, end - offset);
    gboolean zero = fake_rbd_is_zero (buffer, length);

    if (!zero || own)
      result = search->report (offset, length, !zero, search->data);
    buffer += length;
    offset += length;
  }
  return result;
}

/* One object, or the part of it that is looked at. */
static int
search_object (const Search *search, guint64 offset, guint64 end)
{
  const FakeVersion *version = search->version;
  guint64 object = offset / fake_rbd_object_size (version);
  char state = fake_rbd_object (version, object);
  g_autofree guint8 *buffer = NULL;

  if (search->whole && state != FAKE_OBJECT_NONE)
    return search->report (offset, end - offset, 1, search->data);
  if (state != FAKE_OBJECT_THERE && !search->has_parent)
    return 0;
  buffer = g_malloc (end - offset);
  fake_rbd_read (version, offset, buffer, end - offset);
  return search_blocks (search, buffer, offset, end,
                        state == FAKE_OBJECT_THERE);
}

static int
iterate (const Search *search)
{
  guint64 size = fake_rbd_object_size (search->version);
  int result = 0;

  for (guint64 at = search->offset; at < search->end && result >= 0;) {
    guint64 next = MIN (search->end, (at / size + 1) * size);

    result = search_object (search, at, next);
    at = next;
  }
  return result;
}

/* An object map that can't be trusted is not used. */
static gboolean
has_fast_diff (const FakeVersion *version)
{
  return (fake_rbd_get_image (version, "features") & RBD_FEATURE_FAST_DIFF) != 0
         && (fake_rbd_get (version, "flags") & RBD_FLAG_FAST_DIFF_INVALID) == 0;
}

int
rbd_diff_iterate2 (rbd_image_t handle, const char *from, uint64_t offset,
                   uint64_t length, uint8_t include_parent,
                   uint8_t whole_object,
                   int (*report) (uint64_t, size_t, int, void *), void *data)
{
  FakeImage *image = handle;
  FakeFault fault =
      fake_rbd_begin ("rbd_diff_iterate2", whole_object ? "whole" : "exact",
                      image->version.cluster, image->full_try);
  Search search = { .version = &image->version, .offset = offset };

  if (from != NULL || !include_parent)
    fake_rbd_die ("the fake knows only what is different from nothing");
  if (fault.stop)
    return fault.result;
  search.end = MIN (offset + length, fake_rbd_get (&image->version, "size"));
  search.has_parent = g_key_file_has_key (
      image->version.header, image->version.group, "parent-id", NULL);
  search.whole = whole_object && has_fast_diff (&image->version);
  search.report = report;
  search.data = data;
  return fake_rbd_end (&fault, iterate (&search));
}

/* ---- Reading */

/* What a rbd_completion_t is. */
typedef struct {
  void *argument;
  guint64 offset;
  size_t length;
  char *buffer;
  ssize_t result;
} Read;

int
rbd_set_image_notification (rbd_image_t handle, int fd, int type)
{
  FakeImage *image = handle;
  FakeFault fault = fake_rbd_begin ("rbd_set_image_notification", NULL,
                                    image->version.cluster, image->full_try);

  if (fault.stop)
    return fault.result;
  if (type != EVENT_TYPE_EVENTFD)
    return -EINVAL;
  image->notify = fd;
  return fake_rbd_end (&fault, 0);
}

int
rbd_aio_create_completion (void *argument, rbd_callback_t callback,
                           rbd_completion_t *completion)
{
  FakeFault fault =
      fake_rbd_begin ("rbd_aio_create_completion", NULL, NULL, FALSE);
  Read *new;

  if (callback != NULL)
    fake_rbd_die ("the fake calls nobody back");
  if (fault.stop)
    return fault.result;
  new = g_new0 (Read, 1);
  new->argument = argument;
  *completion = new;
  return fake_rbd_end (&fault, 0);
}

void
rbd_aio_release (rbd_completion_t completion)
{
  g_free (completion);
}

void *
rbd_aio_get_arg (rbd_completion_t completion)
{
  return ((Read *) completion)->argument;
}

ssize_t
rbd_aio_get_return_value (rbd_completion_t completion)
{
  return ((Read *) completion)->result;
}

static void
notify (const FakeImage *image)
{
  guint64 one = 1;

  if (image->notify >= 0
      && write (image->notify, &one, sizeof one) != sizeof one)
    fake_rbd_die ("nobody can be told of a read");
}

int
rbd_aio_read (rbd_image_t handle, uint64_t offset, size_t length, char *buffer,
              rbd_completion_t completion)
{
  FakeImage *image = handle;
  FakeFault fault = fake_rbd_begin ("rbd_aio_read", NULL,
                                    image->version.cluster, image->full_try);
  Read *new = completion;

  if (fault.stop)
    return fault.result;
  new->offset = offset;
  new->length = length;
  new->buffer = buffer;
  g_queue_push_tail (image->reads, new);
  notify (image);
  return fake_rbd_end (&fault, 0);
}

/* A snapshot that was removed is read as zeroes. */
static void
do_read (FakeImage *image, Read *done)
{
  const FakeVersion *version = &image->version;
  FakeFault fault = fake_rbd_begin ("rbd_aio_read_result", NULL,
                                    version->cluster, image->full_try);
  guint64 end = done->offset + done->length;

  done->result = fault.result;
  if (fault.stop)
    return;
  if (g_key_file_has_group (version->header, version->group))
    end = MIN (end, fake_rbd_get (version, "size"));
  fake_rbd_read (version, done->offset, (guint8 *) done->buffer, done->length);
  done->result = (ssize_t) (end - MIN (end, done->offset));
}

int
rbd_poll_io_events (rbd_image_t handle, rbd_completion_t *completions, int max)
{
  FakeImage *image = handle;
  FakeFault fault = fake_rbd_begin ("rbd_poll_io_events", NULL,
                                    image->version.cluster, image->full_try);
  int n = 0;

  if (fault.stop) {
    notify (image); /* they are still there */
    return fault.result;
  }
  fake_rbd_reload (&image->version);
  while (n < max && image->reads->length > 0) {
    completions[n] = g_queue_pop_tail (image->reads);
    do_read (image, completions[n++]);
  }
  return fake_rbd_end (&fault, n);
}

/* ---- Writing */

int
rbd_aio_write (rbd_image_t handle, uint64_t offset, size_t length,
               const char *buffer, rbd_completion_t completion)
{
  FakeImage *image = handle;
  FakeVersion *version = &image->version;
  FakeFault fault =
      fake_rbd_begin ("rbd_aio_write", NULL, version->cluster, image->full_try);
  FakeFault later;

  if (fault.stop)
    return fault.result;
  if (image->read_only)
    return -EROFS;
  later = fake_rbd_begin ("rbd_aio_write_result", NULL, version->cluster,
                          image->full_try);
  ((Read *) completion)->result = later.result;
  if (!later.stop) {
    g_auto (FakeLock) lock = fake_rbd_lock (version->cluster);

    fake_rbd_reload (version);
    fake_rbd_write (version, offset, (const guint8 *) buffer, length);
    fake_rbd_save (version);
  }
  return fake_rbd_end (&fault, 0);
}

int
rbd_aio_wait_for_complete (rbd_completion_t completion G_GNUC_UNUSED)
{
  return 0;
}
