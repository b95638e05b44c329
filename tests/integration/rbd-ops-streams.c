/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A snapshot's bytes as a stream: what "rbd export" gives, of any image. */
#include "integration/rbd-ops.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MIB ((guint64) 1 << 20)

/* Reads a body to its end, and puts it where the map says, into a file. */
static void
write_file (VgBody *body, const VgMap *map, const char *name, guint64 size)
{
  g_autofree char *path = g_build_filename (ops_work, name, NULL);
  g_autofree char *buffer = g_malloc (MIB);
  g_autoptr (GError) error = NULL;
  FILE *file = fopen (path, "w");
  guint64 first = 0, n_blocks = 0, done = 0;

  while (vg_map_next_run (map, first + n_blocks, &first, &n_blocks)) {
    guint64 end = MIN (size, (first + n_blocks) * VG_MAP_BLOCK_SIZE);
    guint64 at = first * VG_MAP_BLOCK_SIZE;

    g_assert_cmpint (fseeko (file, (off_t) at, SEEK_SET), ==, 0);
    while (at < end) {
      gssize got = vg_body_read (body, buffer, MIN (MIB, end - at), &error);

      g_assert_no_error (error);
      g_assert_cmpint (got, >, 0);
      g_assert_cmpuint (fwrite (buffer, 1, (gsize) got, file), ==, got);
      at += (guint64) got;
      done += (guint64) got;
    }
  }
  g_assert_cmpuint (done, ==, body->length);
  g_assert_cmpint (vg_body_read (body, buffer, 1, &error), ==, 0);
  fclose (file);
  g_assert_cmpint (truncate (path, (off_t) size), ==, 0);
}

/* The disk's bytes are those of "rbd export", and at most so many are data. */
static void
compare (OpsFixture *fix, const char *image, guint64 most)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDisk) disk =
      vg_rbd_disk_open (fix->cluster, image, OPS_SNAPSHOT, &error);
  g_autoptr (VgMap) map = NULL;
  g_autoptr (VgBody) body = NULL;

  g_assert_no_error (error);
  map = vg_disk_read_map (disk, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("%s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                  " bytes are data",
                  image, vg_map_get_data_bytes (map), disk->size);
  g_assert_cmpuint (vg_map_get_data_bytes (map), <=, most);
  body = vg_disk_open_data (disk, map, NULL, &error);
  g_assert_no_error (error);
  OPS_RUN ("rm -f export; rbd export --no-progress %s@" OPS_SNAPSHOT " export",
           image);
  for (int i = 0; i < 2; i++) {
    write_file (body, map, "ours", disk->size);
    OPS_RUN ("cmp ours export");
    OPS_OK (vg_body_rewind (body, &error));
  }
  OPS_OK (vg_disk_check (disk, &error));
}

#define CHANGES                                                                \
  "-c 'write -P 1 0 64k' -c 'write -P 2 5M 6M' -c 'write -P 3 30M 1k' "        \
  "-c 'discard 6M 3M' -c 'discard 28M 8M' -c 'write -P 4 40000000 512' "       \
  "-c 'write -z 9M 1M'"

/* data: options of "rbd create". What was written later is not in it. */
static void
test_stream (OpsFixture *fix, gconstpointer data)
{
  ops_make_image ("41000449B", data);
  ops_change (OPS_IMAGE, CHANGES);
  ops_take (fix);
  ops_change (OPS_IMAGE, "-c 'write -P 9 0 20M' -c 'discard 32M 4M'");
  /* (An object that is written at its end counts as a whole, and here has parts
   * of all over the disk.) */
  compare (fix, OPS_IMAGE, (strstr (data, "stripe") ? 40 : 20) * MIB);
}

/* A clone has its own bytes, its parent's, and what it discarded of these. */
static void
test_stream_clone (OpsFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  ops_make_image ("41000449B", "");
  ops_change (OPS_IMAGE, CHANGES);
  ops_take (fix);
  ops_make_clone (fix, 2);
  OPS_RUN ("rbd resize --no-progress --size 70M " OPS_CLONE);
  ops_change (OPS_CLONE, "-c 'write -P 5 1M 1k' -c 'discard 8M 4M' "
                         "-c 'write -P 6 69M 1M'");
  OPS_OK (vg_rbd_snap_create (fix->cluster, OPS_CLONE, OPS_SNAPSHOT, &error));
  compare (fix, OPS_CLONE, 30 * MIB);
  OPS_RUN ("rbd feature disable " OPS_CLONE " object-map fast-diff");
  compare (fix, OPS_CLONE, 30 * MIB);
}

/* Shrunk and grown: no old bytes come back. */
static void
test_stream_resized (OpsFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  ops_make_image ("60M", "");
  ops_change (OPS_IMAGE, "-c 'write -P 1 0 60M'");
  OPS_RUN ("rbd resize --no-progress --allow-shrink --size 18500K " OPS_IMAGE);
  OPS_RUN ("rbd resize --no-progress --size 80M " OPS_IMAGE);
  ops_take (fix);
  compare (fix, OPS_IMAGE, 20 * MIB);
}

static void
test_stream_empty (OpsFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  ops_make_image ("10T", "");
  ops_take (fix);
  /* (Too large to be compared.) */
  {
    g_autoptr (VgDisk) disk =
        vg_rbd_disk_open (fix->cluster, OPS_IMAGE, OPS_SNAPSHOT, NULL);
    g_autoptr (VgMap) map = vg_disk_read_map (disk, NULL, NULL);
    g_autoptr (VgBody) body = vg_disk_open_data (disk, map, NULL, NULL);

    g_assert_cmpuint (disk->size, ==, (guint64) 10 << 40);
    g_assert_cmpuint (body->length, ==, 0);
  }
}

/* An object map that is marked as wrong is not believed. */
static void
test_stream_invalid_map (OpsFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  ops_make_image ("41000449B", "--image-feature layering,exclusive-lock");
  ops_change (OPS_IMAGE, CHANGES);
  ops_take (fix);
  OPS_RUN ("rbd feature enable " OPS_IMAGE " object-map fast-diff");
  compare (fix, OPS_IMAGE, 20 * MIB);
}

static void
test_stream_cancelled (OpsFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *buffer = g_malloc (MIB);
  g_autoptr (VgDisk) disk = NULL;
  g_autoptr (VgMap) map = NULL, none = NULL;
  g_autoptr (VgBody) body = NULL;

  ops_make_image ("60M", "");
  ops_change (OPS_IMAGE, "-c 'write -P 1 0 60M'");
  ops_take (fix);
  disk = vg_rbd_disk_open (fix->cluster, OPS_IMAGE, OPS_SNAPSHOT, &error);
  map = vg_disk_read_map (disk, cancellable, &error);
  body = vg_disk_open_data (disk, map, cancellable, &error);
  g_assert_no_error (error);
  g_assert_cmpint (vg_body_read (body, buffer, MIB, &error), >, 0);
  g_cancellable_cancel (cancellable);
  g_assert_cmpint (vg_body_read (body, buffer, MIB, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  none = vg_disk_read_map (disk, cancellable, &error);
  g_assert_null (none);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Without its snapshot, what is read is void. */
static void
test_stream_gone (OpsFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDisk) disk = NULL;

  ops_make_image ("8M", "");
  g_assert_null (
      vg_rbd_disk_open (fix->cluster, OPS_IMAGE, OPS_SNAPSHOT, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_MISSING);
  g_assert_nonnull (strstr (error->message, "snapshot " OPS_SNAPSHOT));
  g_clear_error (&error);
  ops_take (fix);
  disk = vg_rbd_disk_open (fix->cluster, OPS_IMAGE, OPS_SNAPSHOT, &error);
  OPS_OK (vg_disk_check (disk, &error));
  OPS_OK (vg_rbd_snap_remove (fix->cluster, OPS_IMAGE, OPS_SNAPSHOT, &error));
  ops_take (fix);
  g_assert_false (vg_disk_check (disk, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE);
}

void
ops_add_streams (void)
{
  ops_add ("/stream/fast-diff", "", test_stream);
  ops_add ("/stream/no-fast-diff", "--image-feature layering", test_stream);
  ops_add ("/stream/small-objects", "--object-size 64K", test_stream);
  ops_add ("/stream/striped", "--stripe-unit 16K --stripe-count 4",
           test_stream);
  ops_add ("/stream/clone", NULL, test_stream_clone);
  ops_add ("/stream/resized", NULL, test_stream_resized);
  ops_add ("/stream/empty", NULL, test_stream_empty);
  ops_add ("/stream/invalid-map", NULL, test_stream_invalid_map);
  ops_add ("/stream/cancelled", NULL, test_stream_cancelled);
  ops_add ("/stream/gone", NULL, test_stream_gone);
}
