/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last bytes of an image are given out only while its instant holds. */
#include "instant/tail-guard.h"

#include <gio/gio.h>
#include <string.h>

#include "lib/pattern.h"
#include "lib/test-clock.h"

#define SIZE ((guint64) 1000003)

/* A disk whose instant is held or lost, and that counts who asks. */
typedef struct {
  VgDisk base;
  guint n_checks;
  gboolean lost;
  gint code; /* of the error then; 0: VG_DISK_ERROR_GONE */
  const PatternBody *inner;
  guint64 done_at_check; /* what had been read from inner by then */
} FakeDisk;

static gboolean
fake_check (VgDisk *base, GError **error)
{
  FakeDisk *disk = (FakeDisk *) base;

  disk->n_checks++;
  disk->done_at_check = disk->inner->done;
  if (disk->lost)
    g_set_error (error, VG_DISK_ERROR,
                 disk->code != 0 ? disk->code : VG_DISK_ERROR_GONE,
                 "it was started");
  return !disk->lost;
}

typedef struct {
  VgMap *map;
  Pattern pattern;
  FakeDisk disk;
  PatternBody *inner;
  VgBody *guard;
  gboolean freed;
  GByteArray *expected;
} Fixture;

static void
set_up (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  fix->map = vg_map_new (SIZE);
  vg_map_add (fix->map, 0, SIZE);
  fix->pattern.seed = 5;
  fix->pattern.every = 1;
  fix->inner = pattern_body_new (fix->map, &fix->pattern);
  fix->inner->freed = &fix->freed;
  fix->disk.base.size = SIZE;
  fix->disk.base.check = fake_check;
  fix->disk.inner = fix->inner;
  fix->guard = vg_tail_guard_new (&fix->inner->body, &fix->disk.base);
  fix->expected = g_byte_array_sized_new (SIZE);
  g_byte_array_set_size (fix->expected, SIZE);
  pattern_fill (&fix->pattern, 0, fix->expected->data, SIZE);
}

static void
tear_down (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_false (fix->freed);
  vg_body_free (fix->guard);
  g_assert_true (fix->freed);
  g_byte_array_unref (fix->expected);
  vg_map_free (fix->map);
}

/* Pulls in reads of size bytes (0: of any) and compares. Returns how many
 * came. */
static guint64
pull (Fixture *fix, gsize size, GError **error)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);
  g_autofree guint8 *buffer = g_malloc (SIZE + 1);
  guint64 done = 0;

  for (;;) {
    gsize n = size > 0 ? size : (gsize) g_rand_int_range (rand, 1, 70000);
    gssize got = vg_body_read (fix->guard, buffer, n, error);

    if (got <= 0)
      return done;
    g_assert_cmpuint ((gsize) got, <=, n);
    g_assert_cmpuint (done + (gsize) got, <=, SIZE);
    g_assert_cmpmem (buffer, got, fix->expected->data + done, got);
    done += (gsize) got;
    /* Nobody has the last byte before the disk was asked about it. */
    if (done == SIZE)
      g_assert_cmpuint (fix->disk.done_at_check, ==, SIZE);
  }
}

static const gsize sizes[] = { 0,     3,        4096, 65536,
                               65537, SIZE - 1, SIZE, SIZE + 1 };

static void
test_held (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (GError) error = NULL;

    fix->disk.done_at_check = 0;
    g_assert_cmpuint (fix->guard->length, ==, SIZE);
    g_assert_cmpuint (pull (fix, sizes[i], &error), ==, SIZE);
    g_assert_no_error (error);
    g_assert_true (vg_body_rewind (fix->guard, &error));
  }
}

static void
test_lost (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  fix->disk.lost = TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_cmpuint (pull (fix, sizes[i], &error), <, SIZE);
    g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE);
    g_clear_error (&error);
    g_assert_true (vg_body_rewind (fix->guard, &error));
  }
}

/* One byte at a time. The disk is lost shortly before the end: a check that the
 * time brings about may notice this before the last byte's check does. */
static void
test_single_bytes (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  const guint64 held = SIZE - 3;
  g_autoptr (GError) error = NULL;
  guint64 done = 0;
  guint8 byte;

  while (vg_body_read (fix->guard, &byte, 1, &error) == 1) {
    g_assert_cmpuint (byte, ==, fix->expected->data[done]);
    fix->disk.lost = ++done >= held;
  }
  g_assert_cmpuint (done, >=, held);
  g_assert_cmpuint (done, <, SIZE);
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE);
}

/* After a rewind all is asked again. */
static void
test_rewind (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  guint8 buffer[1000];

  g_assert_cmpint (vg_body_read (fix->guard, buffer, sizeof buffer, &error), >,
                   0);
  g_assert_true (vg_body_rewind (fix->guard, &error));
  g_assert_cmpuint (pull (fix, 0, &error), ==, SIZE);
  g_assert_cmpint (vg_body_read (fix->guard, buffer, sizeof buffer, &error), ==,
                   0);
  g_assert_true (vg_body_rewind (fix->guard, &error));
  fix->disk.lost = TRUE;
  g_assert_cmpuint (pull (fix, 0, &error), <, SIZE);
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE);
}

static void
test_rewind_fails (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  fix->inner->no_rewind = TRUE;
  g_assert_false (vg_body_rewind (fix->guard, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
}

/* Fewer bytes than were promised must not pass for an image. */
static void
test_short (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const guint64 available[] = { 0, 1, 65536, SIZE - 1 };

  for (gsize i = 0; i < G_N_ELEMENTS (available); i++) {
    g_autoptr (GError) error = NULL;

    fix->inner->available = available[i];
    g_assert_cmpuint (pull (fix, 0, &error), <=, available[i]);
    g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_READ);
    g_clear_error (&error);
    g_assert_true (vg_body_rewind (fix->guard, &error));
  }
}

static void
test_broken (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  fix->inner->fail_at = SIZE - 10;
  g_assert_cmpuint (pull (fix, 65536, &error), <, SIZE);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
}

/* A read that failed because the instant was lost says so. */
static void
test_broken_and_lost (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  fix->inner->fail_at = SIZE - 10;
  fix->disk.lost = TRUE;
  g_assert_cmpuint (pull (fix, 65536, &error), <, SIZE);
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE);
  g_assert_cmpuint (fix->disk.n_checks, ==, 1);
}

/* What is lost is noticed soon, and not only at the end of a long upload; but
 * asking costs a call to libvirt, so it isn't done for every read. */
static void
test_noticed_soon (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  gint64 deadline = g_get_monotonic_time () + 50 * G_USEC_PER_SEC;
  gint64 began;
  g_autoptr (GError) error = NULL;
  guint8 buffer[16];

  while (fix->disk.n_checks == 0) {
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    g_assert_cmpint (vg_body_read (fix->guard, buffer, sizeof buffer, NULL), >,
                     0);
    g_usleep (1000);
  }
  began = g_get_monotonic_time ();
  for (int i = 0; i < 100; i++)
    vg_body_read (fix->guard, buffer, sizeof buffer, NULL);
  g_assert_cmpuint (
      fix->disk.n_checks, <=,
      2 + (guint) ((g_get_monotonic_time () - began) / G_USEC_PER_SEC));

  fix->disk.lost = TRUE;
  while (vg_body_read (fix->guard, buffer, sizeof buffer, &error) > 0) {
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    g_usleep (1000);
  }
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE);
  g_assert_cmpuint (fix->disk.done_at_check, <, SIZE);
}

/* In the middle of an upload, only what is lost for good ends it: a libvirt
 * that is away may be back at the end, when it is asked twice. */
static void
test_between (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const gint codes[] = { VG_DISK_ERROR_GONE, VG_DISK_ERROR_SPOILED,
                                VG_DISK_ERROR_UNREACHABLE };
  g_autoptr (GError) away = NULL;
  guint8 byte;

  fix->disk.lost = TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++) {
    g_autoptr (GError) error = NULL;

    fix->disk.code = codes[i];
    fix->disk.n_checks = 0;
    test_clock_advance (2 * G_USEC_PER_SEC);
    if (vg_body_read (fix->guard, &byte, 1, &error) < 0)
      g_assert_error (error, VG_DISK_ERROR, codes[i]);
    g_assert_true ((error == NULL) == (codes[i] == VG_DISK_ERROR_UNREACHABLE));
    g_assert_cmpuint (fix->disk.n_checks, ==, 1);
    g_clear_error (&error);
    g_assert_true (vg_body_rewind (fix->guard, &error));
  }
  fix->disk.n_checks = 0;
  g_assert_cmpuint (pull (fix, SIZE + 1, &away), <, SIZE);
  g_assert_error (away, VG_DISK_ERROR, VG_DISK_ERROR_UNREACHABLE);
  g_assert_cmpuint (fix->disk.n_checks, ==, 2);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/guard/held", test_held);
  add ("/guard/lost", test_lost);
  add ("/guard/single-bytes", test_single_bytes);
  add ("/guard/rewind", test_rewind);
  add ("/guard/rewind-fails", test_rewind_fails);
  add ("/guard/short", test_short);
  add ("/guard/broken", test_broken);
  add ("/guard/broken-and-lost", test_broken_and_lost);
  add ("/guard/between", test_between);
  add ("/guard/noticed-soon", test_noticed_soon);
  return g_test_run ();
}
