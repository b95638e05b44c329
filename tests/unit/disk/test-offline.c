/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A shut-off domain's disk: its bytes, which disks are refused, and what
 * happens when the domain is started. */
#include <string.h>

#include "lib/disk-source.h"
#include "lib/offline-fixture.h"
#include "lib/qemu.h"

static VgDisk *
open_disk (const OfflineFixture *fix)
{
  g_autoptr (GError) error = NULL;
  VgDisk *disk = offline_try (fix, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (disk->size, ==, OFFLINE_SIZE);
  return disk;
}

static void
assert_gone (VgDisk *disk)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (vg_disk_check (disk, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE);
  g_assert_nonnull (strstr (error->message, "domain test was started"));
  g_assert_nonnull (strstr (error->message, "vda"));
}

static void
test_read (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgDisk) disk = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  disk = open_disk (fix);
  offline_read_all (disk, fix);
  offline_read_all (disk, fix);
  g_assert_true (vg_disk_check (disk, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (qemu_count_processes (fix->socket), ==, 1);
}

static void
test_started (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgDisk) disk = NULL, again = NULL;

  if (fix->dir == NULL)
    return;
  disk = open_disk (fix);
  virDomainCreate (fix->domain);
  assert_gone (disk);
  virDomainDestroy (fix->domain);
  /* It was started: that it is shut off now doesn't help. */
  assert_gone (disk);
  g_clear_pointer (&disk, vg_disk_free);
  again = open_disk (fix);
  g_assert_true (vg_disk_check (again, NULL));
}

/* Up and down again before anybody looked. */
static void
test_started_in_between (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgDisk) disk = NULL;

  if (fix->dir == NULL)
    return;
  disk = open_disk (fix);
  virDomainCreate (fix->domain);
  virDomainDestroy (fix->domain);
  assert_gone (disk);
}

/* The hypervisor takes its lock on the image, and writes to it. */
static void
test_no_lock (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgDisk) disk = NULL;

  if (fix->dir == NULL)
    return;
  disk = open_disk (fix);
  g_free (qemu_run ("qemu-io", "-f", "qcow2", "-c", "write -P 9 0 64k",
                    fix->image, NULL));
  g_clear_pointer (&disk, vg_disk_free);
  g_free (qemu_run ("qemu-img", "check", "-q", fix->image, NULL));
}

/* Another process has the disk, or a layer below, to write; or comes to have
 * it; but who only reads is no harm. */
static void
test_in_use (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  const char *const reader[] = { "--read-only", NULL };
  g_autofree char *theirs = NULL, *overlay = NULL;
  g_autoptr (QemuServer) other = NULL;
  g_autoptr (VgDisk) disk = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  theirs = workdir_path (fix->dir, "theirs");
  overlay = workdir_path (fix->dir, "overlay");
  g_free (qemu_run ("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2",
                    "-b", fix->image, overlay, NULL));
  other = qemu_server_new (theirs, fix->image, "qcow2", NULL);
  offline_fail (fix, VG_DISK_ERROR_OPEN,
                "image.qcow2 is in use by another process");
  vg_source_free (fix->source);
  fix->source = disk_source_new_file (overlay, "qcow2");
  offline_fail (fix, VG_DISK_ERROR_OPEN,
                "image.qcow2 is in use by another process");
  g_clear_pointer (&other, qemu_server_free);

  other = qemu_server_new (theirs, fix->image, "qcow2", reader);
  disk = open_disk (fix);
  g_clear_pointer (&other, qemu_server_free);
  g_assert_true (vg_disk_check (disk, NULL));
  other = qemu_server_new (theirs, overlay, "qcow2", NULL);
  g_assert_false (vg_disk_check (disk, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN);
  virDomainCreate (fix->domain);
  assert_gone (disk);
  virDomainDestroy (fix->domain);
}

static void
test_refused (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  vg_source_free (fix->source);
  fix->source = disk_source_new_file ("/nonexistent/image", "raw");
  offline_fail (fix, VG_DISK_ERROR_OPEN, "/nonexistent/image");
  fix->source->type = VG_SOURCE_NETWORK;
  offline_fail (fix, VG_DISK_ERROR_UNSUPPORTED, "start the domain");
}

static void
test_pool_volume (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  virStoragePoolPtr pool;
  virStorageVolPtr volume;

  if (fix->dir == NULL)
    return;
  pool = virStoragePoolLookupByName (fix->connection, "default-pool");
  volume = virStorageVolCreateXML (
      pool, "<volume><name>v</name><capacity>1024</capacity></volume>", 0);
  vg_source_free (fix->source);
  fix->source = vg_source_new (VG_SOURCE_VOLUME);
  fix->source->pool = g_strdup ("default-pool");
  fix->source->volume = g_strdup ("v");
  /* The test driver's volumes have a path, and no file there. */
  offline_fail (fix, VG_DISK_ERROR_OPEN, "/default-pool/v can't be opened");
  virStorageVolDelete (volume, 0);
  virStorageVolFree (volume);
  virStoragePoolFree (pool);
}

/* The file's own bytes, whatever they are; but not if they aren't all. */
static void
test_ciphertext (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *content = NULL, *read = NULL, *top = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDisk) disk = NULL;
  g_autoptr (VgMap) map = NULL;
  g_autoptr (VgBody) body = NULL;
  gsize length, done = 0;
  gssize got;

  if (fix->dir == NULL)
    return;
  g_assert_true (g_file_get_contents (fix->image, &content, &length, NULL));
  disk = vg_offline_open (disk_source_confine (fix->guest), fix->guest,
                          vg_guest_get_epoch (fix->guest), "vda", fix->source,
                          TRUE, fix->socket, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (disk->size, ==, length);
  map = vg_map_new (length);
  vg_map_add (map, 0, length);
  body = vg_disk_open_data (disk, map, NULL, &error);
  read = g_malloc (length + 1);
  while ((got = vg_body_read (body, read + done, length + 1 - done, &error))
         > 0)
    done += (gsize) got;
  g_assert_no_error (error);
  g_assert_cmpmem (read, done, content, length);
  g_clear_pointer (&body, vg_body_free);
  g_clear_pointer (&disk, vg_disk_free);

  top = workdir_path (fix->dir, "top.qcow2");
  g_free (qemu_run ("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2",
                    "-b", fix->image, top, NULL));
  g_free (fix->source->path);
  fix->source->path = g_strdup (top);
  g_assert_null (vg_offline_open (disk_source_confine (fix->guest), fix->guest,
                                  0, "vda", fix->source, TRUE, fix->socket,
                                  NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED);
}

/* Encrypted, and nobody says with which key; or in a way that isn't known. */
static void
test_no_key (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  fix->source->encryption = g_strdup ("luks");
  offline_fail (fix, VG_DISK_ERROR_UNSUPPORTED, "names no secret for LUKS");
  g_free (fix->source->encryption);
  fix->source->encryption = g_strdup ("qcow");
  fix->source->key_uuid = g_strdup ("0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f");
  offline_fail (fix, VG_DISK_ERROR_UNSUPPORTED, "names no secret for LUKS");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  offline_fixture_add ("/offline/read", test_read);
  offline_fixture_add ("/offline/started", test_started);
  offline_fixture_add ("/offline/started-in-between", test_started_in_between);
  offline_fixture_add ("/offline/no-lock", test_no_lock);
  offline_fixture_add ("/offline/in-use", test_in_use);
  offline_fixture_add ("/offline/refused", test_refused);
  offline_fixture_add ("/offline/ciphertext", test_ciphertext);
  offline_fixture_add ("/offline/no-key", test_no_key);
  offline_fixture_add ("/offline/pool-volume", test_pool_volume);
  return g_test_run ();
}
