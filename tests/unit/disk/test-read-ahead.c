/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How often a transport is looked at: counted, whatever the time. */
#include "disk/read-ahead.h"

#include <string.h>

#define MIB ((gsize) 1 << 20)

typedef struct {
  guint n_looks;
} Transport;

/* Each piece is there at once. */
static gboolean
submit (gpointer transport G_GNUC_UNUSED, VgPiece *piece,
        GError **error G_GNUC_UNUSED)
{
  memset (piece->buffer, (int) (piece->offset / MIB), piece->length);
  piece->done = TRUE;
  return TRUE;
}

static gboolean
progress (gpointer transport, const VgPiece *next G_GNUC_UNUSED,
          int timeout_ms G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  ((Transport *) transport)->n_looks++;
  return TRUE;
}

static gboolean
reset (gpointer transport G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static void
free_nothing (gpointer transport G_GNUC_UNUSED)
{
}

static const VgReadAheadOps functions = {
  .submit = submit, .progress = progress, .reset = reset, .free = free_nothing
};

static void
drain (VgBody *body, gsize size)
{
  g_autofree guint8 *buf = g_malloc (size);
  gsize at = 0;
  gssize got;

  while ((got = vg_body_read (body, buf, size, NULL)) > 0) {
    g_assert_cmpuint (buf[0], ==, at / MIB);
    at += (gsize) got;
  }
  g_assert_cmpint (got, ==, 0);
  g_assert_cmpuint (at, ==, 32 * MIB);
}

/* Four times a MiB, whether it is read by 64 or by 256 KiB. */
static void
test_looks (void)
{
  g_autoptr (VgMap) map = vg_map_new (32 * MIB);
  Transport transport = { 0 };
  g_autoptr (VgBody) body = NULL;

  vg_map_add (map, 0, 32 * MIB);
  body = vg_read_ahead_new (&functions, &transport, map, NULL);
  drain (body, MIB / 16);
  g_assert_cmpuint (transport.n_looks, >=, 32 * 4 - 1);
  g_assert_cmpuint (transport.n_looks, <=, 32 * 4 + 1);
  transport.n_looks = 0;
  g_assert_true (vg_body_rewind (body, NULL));
  drain (body, MIB / 4);
  g_assert_cmpuint (transport.n_looks, >=, 32 * 4 - 1);
  g_assert_cmpuint (transport.n_looks, <=, 32 * 4 + 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/read-ahead/looks", test_looks);
  return g_test_run ();
}
