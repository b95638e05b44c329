/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A shut-off domain and its disk. */
#include "lib/offline-fixture.h"

#include <string.h>

#include "lib/disk-source.h"
#include "lib/guest-fixture.h"
#include "lib/qemu.h"

static void
set_up (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *raw = NULL;
  g_autoptr (GError) error = NULL;

  if (qemu_is_missing ())
    return;
  fix->dir = workdir_new ();
  raw = workdir_path (fix->dir, "raw");
  fix->image = workdir_path (fix->dir, "image.qcow2");
  fix->socket = workdir_path (fix->dir, "socket");
  fix->map = vg_map_new (OFFLINE_SIZE);
  vg_map_add (fix->map, 0, 200000);
  vg_map_add (fix->map, 2 << 20, 65536);
  qemu_write_raw (raw, fix->map, 5);
  g_free (
      qemu_run ("qemu-img", "convert", "-O", "qcow2", raw, fix->image, NULL));
  fix->source = disk_source_new_file (fix->image, "qcow2");
  fix->host = vg_host_open (GUEST_URI, &error);
  g_assert_no_error (error);
  fix->connection = virConnectOpen (GUEST_URI);
  fix->domain = virDomainLookupByName (fix->connection, "test");
  virDomainDestroy (fix->domain);
  fix->guest = vg_guest_find (fix->host, "test", &error);
  g_assert_no_error (error);
}

static void
tear_down (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  g_assert_cmpuint (qemu_count_processes (fix->socket), ==, 0);
  g_assert_false (g_file_test (fix->socket, G_FILE_TEST_EXISTS));
  vg_guest_free (fix->guest);
  vg_host_free (fix->host);
  virDomainCreate (fix->domain);
  virDomainFree (fix->domain);
  virConnectClose (fix->connection);
  vg_source_free (fix->source);
  vg_map_free (fix->map);
  g_free (fix->image);
  g_free (fix->socket);
  workdir_remove (fix->dir);
}

VgDisk *
offline_try (const OfflineFixture *fix, GCancellable *cancellable,
             GError **error)
{
  return vg_offline_open (disk_source_confine (fix->guest), fix->guest,
                          vg_guest_get_epoch (fix->guest), "vda", fix->source,
                          FALSE, fix->socket, cancellable, error);
}

void
offline_fail (const OfflineFixture *fix, int code, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (offline_try (fix, NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, code);
  if (strstr (error->message, text) == NULL)
    g_error ("expected '%s' in: %s", text, error->message);
}

void
offline_read_all (VgDisk *disk, const OfflineFixture *fix)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgMap) map = vg_disk_read_map (disk, NULL, &error);
  g_autoptr (VgBody) body = NULL;
  g_autofree char *bytes = g_malloc (OFFLINE_SIZE), *raw = NULL, *path = NULL;
  gsize done = 0;
  gssize got;

  g_assert_no_error (error);
  g_assert_cmpuint (vg_map_get_n_data_blocks (map), ==, 5);
  body = vg_disk_open_data (disk, map, NULL, &error);
  g_assert_no_error (error);
  while ((got = vg_body_read (body, bytes + done, OFFLINE_SIZE - done, &error))
         > 0)
    done += (gsize) got;
  g_assert_no_error (error);
  path = workdir_path (fix->dir, "raw");
  g_assert_true (g_file_get_contents (path, &raw, NULL, NULL));
  g_assert_cmpmem (bytes, 4 * 65536, raw, 4 * 65536);
  g_assert_cmpmem (bytes + 4 * 65536, done - 4 * 65536, raw + (2 << 20), 65536);
}

void
offline_fixture_add (const char *path,
                     void (*test) (OfflineFixture *, gconstpointer))
{
  g_test_add (path, OfflineFixture, NULL, set_up, test, tear_down);
}
