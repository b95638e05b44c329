/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the parts of a qcow2 stream are: metadata in the middle of much data.
 */
#include "image/qcow2-stream-layout.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/made.h"
#include "lib/qemu.h"
#include "lib/workdir.h"

/* Moves the clusters to a file, with holes for zeroes. */
static void
flush_out (GByteArray *out, int fd)
{
  static guint64 end; /* of the file */

  for (guint64 at = 0; at < out->len; at += C)
    if (out->data[at] != 0
        || memcmp (out->data + at, out->data + at + 1, C - 1) != 0)
      g_assert_cmpint (pwrite (fd, out->data + at, C, (off_t) (end + at)), ==,
                       C);
  end += out->len;
  g_assert_cmpint (ftruncate (fd, (off_t) end), ==, 0);
  g_byte_array_set_size (out, 0);
}

/* More than 2 GiB of file: a refcount block in the middle, and compressed
 * blocks on both of its sides, as large as they get. */
static void
test_refcount_blocks (void)
{
  static guint8 bytes[C];
  static guint8 noise[C];
  const guint64 n_plain = 32750, n_blocks = 32900;
  g_autoptr (Workdir) dir = NULL;
  g_autofree char *image = NULL, *check = NULL;
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (VgQcow2StreamLayout) layout = NULL;
  VgQcow2Layout plan;
  int fd;

  if (qemu_is_missing ())
    return;
  dir = workdir_new ();
  image = workdir_path (dir, "image");
  fd = open (image, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  memset (noise, 0x5a, sizeof noise);
  g_assert_true (vg_qcow2_stream_layout_fit (&plan, n_blocks * C, n_blocks));
  layout = vg_qcow2_stream_layout_new (&plan, VG_COMPRESSION_ZSTD, out);
  while (vg_qcow2_stream_layout_put_front (layout))
    flush_out (out, fd);
  for (guint64 i = 0; i < n_blocks; i++) {
    const VgBlock plain = { i, VG_BLOCK_PLAIN, bytes, C, 0 };
    const VgBlock small = { i, VG_BLOCK_COMPRESSED, noise, C * 15 / 16, 0 };

    g_assert_true (
        vg_qcow2_stream_layout_add (layout, i < n_plain ? &plain : &small));
    flush_out (out, fd);
  }
  vg_qcow2_stream_layout_end_data (layout);
  while (vg_qcow2_stream_layout_put_tail (layout))
    flush_out (out, fd);
  flush_out (out, fd);
  close (fd);
  check = qemu_run ("qemu-img", "check", "-f", "qcow2", image, NULL);
  g_assert_true (g_str_has_prefix (check, "No errors were found"));
  g_assert_nonnull (strstr (check, "32900/32900 = 100.00% allocated"));
}

/* The L1 table of 16 TiB has 4 clusters, and no refcount block among them. */
static void
test_l1_table (void)
{
  for (guint64 room = 32700; room < 32800; room++) {
    VgQcow2Layout layout;

    g_assert_true (
        vg_qcow2_stream_layout_fit (&layout, (guint64) 16 << 40, room));
    g_assert_cmpuint (layout.n_l1, ==, 4);
    g_assert_cmpuint (layout.l1 + 5, ==, layout.end);
    g_assert_false (layout.l1 < 32768 && layout.end - 1 >= 32768);
    g_assert_cmpuint (layout.n_refblocks, ==, layout.end > 32768 ? 2 : 1);
    g_assert_cmpuint (layout.end, <=, room + 1 + 1 + 4 + 2 + 4);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stream-layout/refcount-blocks", test_refcount_blocks);
  g_test_add_func ("/stream-layout/l1-table", test_l1_table);
  return g_test_run ();
}
