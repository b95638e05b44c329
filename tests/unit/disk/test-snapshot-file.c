/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a snapshot left: a file below the one that is written to, or a state
 * inside a file; and that it is noticed when it is spoiled. */
#include "disk/snapshot-file.h"

#include <string.h>

#include "disk/chain.h"
#include "disk/layers.h"
#include "lib/qemu.h"
#include "util/source.h"
#include "lib/workdir.h"

#define SIZE ((guint64) 1 << 20)

/* base.qcow2, with the state "a,b" in it, below over.qcow2. */
typedef struct {
  Workdir *dir;
  VgConfine *confine;
  char *base, *over, *socket;
} Fixture;

static void
write_to (const char *path, const char *command)
{
  g_free (qemu_run ("qemu-io", "-f", "qcow2", "-c", command, path, NULL));
}

static void
set_up (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgConfig) config = qemu_config ();

  if (qemu_is_missing ())
    return;
  fix->dir = workdir_new ();
  fix->confine = vg_confine_new (config, NULL, NULL, NULL);
  fix->base = workdir_path (fix->dir, "base.qcow2");
  fix->over = workdir_path (fix->dir, "over.qcow2");
  fix->socket = workdir_path (fix->dir, "socket");
  g_free (qemu_run ("qemu-img", "create", "-q", "-f", "qcow2", fix->base, "1M",
                    NULL));
  write_to (fix->base, "write -P 1 0 64k");
  g_free (qemu_run ("qemu-img", "snapshot", "-c", "a,b", fix->base, NULL));
  write_to (fix->base, "write -P 2 0 64k");
  g_free (qemu_run ("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2",
                    "-b", fix->base, fix->over, NULL));
  write_to (fix->over, "write -P 3 0 64k");
}

static void
tear_down (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  g_assert_cmpuint (qemu_count_processes (fix->socket), ==, 0);
  g_assert_false (g_file_test (fix->socket, G_FILE_TEST_EXISTS));
  vg_confine_free (fix->confine);
  g_free (fix->base);
  g_free (fix->over);
  g_free (fix->socket);
  workdir_remove (fix->dir);
}

static VgJson *
describe (const Fixture *fix, const char *path)
{
  g_autoptr (VgSource) source = vg_source_new (VG_SOURCE_FILE);
  g_autoptr (GError) error = NULL;
  VgJson *chain;

  source->path = g_strdup (path);
  source->format = g_strdup ("qcow2");
  chain = vg_chain_describe (fix->confine, source, NULL, &error);
  g_assert_no_error (error);
  return chain;
}

static VgDisk *
open_disk (const Fixture *fix, const char *path, const char *snapshot)
{
  g_autoptr (VgJson) chain = describe (fix, path);
  g_autoptr (GError) error = NULL;
  VgDisk *disk = vg_snapshot_file_open (fix->confine, chain, snapshot,
                                        fix->socket, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (disk->size, ==, SIZE);
  return disk;
}

static void
assert_first (VgDisk *disk, guint8 byte)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgMap) map = vg_disk_read_map (disk, NULL, &error);
  g_autoptr (VgBody) body = NULL;
  guint8 bytes[512];

  g_assert_no_error (error);
  g_assert_cmpuint (vg_map_get_n_data_blocks (map), ==, 1);
  body = vg_disk_open_data (disk, map, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (vg_body_read (body, bytes, sizeof bytes, &error), ==,
                   sizeof bytes);
  g_assert_cmpuint (bytes[0], ==, byte);
  g_assert_cmpuint (bytes[511], ==, byte);
  g_assert_true (vg_disk_check (disk, &error));
  g_assert_no_error (error);
}

static void
assert_spoiled (VgDisk *disk, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (vg_disk_check (disk, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_SPOILED);
  if (strstr (error->message, text) == NULL)
    g_error ("no '%s' in: %s", text, error->message);
}

static void
test_states (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  VgDisk *disk;

  if (fix->dir == NULL)
    return;
  disk = open_disk (fix, fix->base, NULL);
  assert_first (disk, 2);
  vg_disk_free (disk);
  disk = open_disk (fix, fix->base, "a,b");
  assert_first (disk, 1);
  vg_disk_free (disk);
}

static void
test_no_state (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJson) chain = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  chain = describe (fix, fix->base);
  g_assert_null (vg_snapshot_file_open (fix->confine, chain, "a", fix->socket,
                                        NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN);
}

/* The guest goes on above it; then that is merged into it. */
static void
test_merged (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgDisk) disk = NULL;

  if (fix->dir == NULL)
    return;
  disk = open_disk (fix, fix->base, NULL);
  write_to (fix->over, "write -P 4 64k 64k");
  assert_first (disk, 2);
  g_free (qemu_run ("qemu-img", "commit", "-q", "-d", "-f", "qcow2", fix->over,
                    NULL));
  assert_spoiled (disk, "changed while it was read");
}

/* A change that leaves no trace but the time. */
static void
test_touched (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgDisk) disk = NULL;

  if (fix->dir == NULL)
    return;
  disk = open_disk (fix, fix->over, NULL);
  g_free (qemu_run ("touch", fix->base, NULL));
  assert_first (disk, 3);
  g_free (qemu_run ("touch", fix->over, NULL));
  assert_spoiled (disk, "changed while it was read");
}

static void
test_deleted (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgDisk) disk = NULL;

  if (fix->dir == NULL)
    return;
  disk = open_disk (fix, fix->base, NULL);
  g_free (qemu_run ("mv", fix->base, fix->over, NULL));
  assert_spoiled (disk, "was deleted while it was read");
}

static void
test_in_use (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *theirs = NULL;
  g_autoptr (QemuServer) other = NULL;
  g_autoptr (VgDisk) disk = NULL;

  if (fix->dir == NULL)
    return;
  theirs = workdir_path (fix->dir, "theirs");
  disk = open_disk (fix, fix->base, NULL);
  other = qemu_server_new (theirs, fix->base, "qcow2", NULL);
  assert_spoiled (disk, "is in use by another process");
}

static VgJson *
find (Fixture *fix, VgJson *chain, const char *path)
{
  g_autoptr (GError) error = NULL;
  VgJson *layer = NULL;
  gboolean ok = vg_chain_find (fix->confine, chain, path, &layer, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  return layer;
}

/* Layers are found by their file, whatever its name. */
static void
test_layers (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJson) chain = NULL;
  g_autofree char *other = NULL;
  g_autoptr (GError) error = NULL;
  guint64 bytes;

  if (fix->dir == NULL)
    return;
  chain = describe (fix, fix->over);
  other = g_strdup_printf ("%s/../%s/base.qcow2", fix->dir,
                           strrchr (fix->dir, '/') + 1);
  g_assert_true (find (fix, chain, fix->over) == chain);
  g_assert_true (find (fix, chain, fix->base) == vg_chain_get_backing (chain));
  g_assert_true (find (fix, chain, other) == vg_chain_get_backing (chain));
  g_assert_null (find (fix, chain, "/nonexistent"));
  g_assert_cmpstr (vg_chain_get_path (vg_chain_get_backing (chain)), ==,
                   fix->base);
  g_assert_true (vg_chain_get_size (fix->confine, chain, &bytes, NULL, &error));
  g_assert_cmpuint (bytes, ==, SIZE);
}

static void
add (const char *name, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (name, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/frozen/states", test_states);
  add ("/frozen/no-state", test_no_state);
  add ("/frozen/merged", test_merged);
  add ("/frozen/touched", test_touched);
  add ("/frozen/deleted", test_deleted);
  add ("/frozen/in-use", test_in_use);
  add ("/frozen/layers", test_layers);
  return g_test_run ();
}
