/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What disk/rbd does, on a real Ceph cluster: the cloud's, by its
 * VG_TEST_CEPH_… variables. Images are made and looked at by Ceph's and QEMU's
 * own tools. */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "disk/rbd.h"

#define MIB ((guint64) 1 << 20)

/* Of the monitors, and a little more; see cluster.h. */
#define PATIENCE_S 60

static const char *conf;
static char *work; /* a folder */

/* One shell command, which must succeed. What it printed. */
static char *
run (const char *format, ...)
{
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;
  const char *argv[] = { "/bin/bash", "-euo", "pipefail", "-c", NULL, NULL };
  char *out = NULL;
  va_list args;
  int status;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  argv[4] = line;
  g_spawn_sync (work, (char **) argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                NULL, &out, NULL, &status, &error);
  g_assert_no_error (error);
  if (status != 0)
    g_error ("%s: status %d: %s", line, status, out);
  return g_strchomp (out);
}

/* What must succeed, with error as its last argument. */
#define OK(call)                                                               \
  G_STMT_START                                                                 \
  {                                                                            \
    gboolean is_ok = (call);                                                   \
                                                                               \
    g_assert_no_error (error);                                                 \
    g_assert_true (is_ok);                                                     \
  }                                                                            \
  G_STMT_END

#define RUN(...) g_free (run (__VA_ARGS__))

static void
assert_prints (const char *expected, const char *command)
{
  g_autofree char *out = run ("%s", command);

  g_assert_cmpstr (out, ==, expected);
}

static char *
read_key (const char *keyring, const char *user)
{
  return run ("ceph-authtool -p -n client.%s %s", user, keyring);
}

/* As that user, by its keyring. */
static VgCluster *
connect_as (const char *user)
{
  g_autofree char *folder = g_path_get_dirname (conf);
  g_autofree char *keyring =
      g_strdup_printf ("%s/ceph.client.%s.keyring", folder, user);
  VgClusterAccess access = { .conf = conf, .user = user, .keyring = keyring };
  g_autoptr (GError) error = NULL;
  VgCluster *cluster = vg_cluster_connect (&access, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (cluster->fsid, ==, g_getenv ("VG_TEST_CEPH_FSID"));
  return cluster;
}

/* An image of its own, of size bytes, in an empty pool; gone at the end. */
typedef struct {
  VgCluster *cluster;
  const char *image;
} Fixture;

#define IMAGE "vms/vgtest-ops"
#define CLONE "images/vgtest-ops-clone"

static void
remove_all (VgCluster *cluster)
{
  g_autoptr (GError) error = NULL;

  OK (vg_rbd_remove (cluster, CLONE, &error));
  OK (vg_rbd_remove (cluster, IMAGE, &error));
}

static void
set_up (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  fix->cluster = connect_as ("nova");
  fix->image = IMAGE;
  remove_all (fix->cluster);
}

static void
tear_down (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  remove_all (fix->cluster);
  vg_cluster_free (fix->cluster);
}

/* An image with bytes here and there, and no others. */
static void
make_image (const char *size, const char *options)
{
  RUN ("rbd -n client.nova create --size %s %s " IMAGE, size, options);
}

/* QEMU's commands on it, such as "write -P 1 0 1M". */
static void
change (const char *image, const char *commands)
{
  RUN ("qemu-io -f raw %s rbd:%s:id=nova:conf=%s", commands, image, conf);
}

#define SNAPSHOT "vgtest-snap"

static void
take (Fixture *fix)
{
  g_autoptr (GError) error = NULL;

  OK (vg_rbd_snap_create (fix->cluster, fix->image, SNAPSHOT, &error));
}

/* ---- Connecting */

static void
test_connect (void)
{
  g_autofree char *key = read_key (g_getenv ("VG_TEST_CEPH_KEYRING"), "nova");
  g_autofree char *monitors =
      g_strconcat (g_getenv ("VG_TEST_CEPH_HOST"), ":6789", NULL);
  VgClusterAccess access = { .monitors = monitors, .user = "nova", .key = key };
  g_autoptr (GError) error = NULL;
  VgCluster *cluster = vg_cluster_connect (&access, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (cluster->fsid, ==, g_getenv ("VG_TEST_CEPH_FSID"));
  g_assert_cmpstr (cluster->user, ==, "nova");
  vg_cluster_free (cluster);

  /* A key is worth more than a keyring of somebody else's. */
  access.conf = conf;
  access.keyring = g_getenv ("VG_TEST_CEPH_READER_KEYRING");
  cluster = vg_cluster_connect (&access, &error);
  g_assert_no_error (error);
  vg_cluster_free (cluster);
}

/* Fails with code, soon, in words that are in the message, without the key. */
static void
refuses (const VgClusterAccess *access, VgDiskError code, const char *words)
{
  g_autoptr (GError) error = NULL;
  gint64 began = g_get_monotonic_time ();

  g_assert_null (vg_cluster_connect (access, &error));
  g_assert_error (error, VG_DISK_ERROR, (int) code);
  g_assert_cmpint (g_get_monotonic_time () - began, <,
                   PATIENCE_S * G_USEC_PER_SEC);
  if (strstr (error->message, words) == NULL)
    g_error ("'%s' does not say '%s'", error->message, words);
  if (access->key != NULL)
    g_assert_null (strstr (error->message, access->key));
}

static void
test_connect_refused (void)
{
  g_autofree char *key =
      read_key (g_getenv ("VG_TEST_CEPH_READER_KEYRING"), "reader");
  g_autofree char *monitors =
      g_strconcat (g_getenv ("VG_TEST_CEPH_HOST"), ":6789", NULL);
  VgClusterAccess wrong = { .monitors = monitors, .user = "nova", .key = key };
  VgClusterAccess nobody = { .conf = conf, .user = "nobody", .key = key };
  VgClusterAccess bad = { .conf = conf, .user = "nova", .key = "secret!" };
  VgClusterAccess no_keyring = { .conf = conf,
                                 .user = "nova",
                                 .keyring = "/nonexistent" };
  VgClusterAccess no_conf = { .conf = "/nonexistent", .user = "nova" };

  refuses (&wrong, VG_DISK_ERROR_DENIED, "client.nova");
  refuses (&nobody, VG_DISK_ERROR_DENIED, "client.nobody");
  refuses (&bad, VG_DISK_ERROR_OPEN, "the key");
  refuses (&no_keyring, VG_DISK_ERROR_DENIED, "client.nova");
  refuses (&no_conf, VG_DISK_ERROR_OPEN, "/nonexistent");
}

/* A port that nobody listens on, and one that never answers. */
static void
test_connect_unreachable (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GInetAddress) loopback =
      g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) silent = NULL;
  g_autofree char *monitors = NULL;
  VgClusterAccess access = { .user = "nova", .key = "AAAA", .conf = conf };

  g_assert_true (g_socket_listener_add_address (
      listener, any, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &silent,
      NULL));
  monitors = g_strdup_printf (
      "v1:127.0.0.1:%u",
      g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (silent)));
  access.key = "AQAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAA==";
  access.monitors = monitors;
  refuses (&access, VG_DISK_ERROR_UNREACHABLE, monitors);
  access.monitors = "127.0.0.1:6789";
  refuses (&access, VG_DISK_ERROR_UNREACHABLE, "127.0.0.1:6789");
}

static void
test_monitors (void)
{
  g_autoptr (VgSource) source = vg_source_new (VG_SOURCE_NETWORK);
  g_autofree char *text = vg_source_get_monitors (source);
  VgSourceHost *host;

  g_assert_null (text);
  host = vg_source_add_host (source);
  host->name = g_strdup ("10.0.0.21");
  host->port = g_strdup ("6789");
  vg_source_add_host (source)->socket = g_strdup ("/socket");
  vg_source_add_host (source)->name = g_strdup ("2001:db8::22");
  text = vg_source_get_monitors (source);
  g_assert_cmpstr (text, ==, "10.0.0.21:6789,[2001:db8::22]");
}

/* ---- Snapshots and clones */

static void
test_names (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *name, *words;
  } bad[] = {
    { "nope/image", "pool nope of the Ceph cluster" },
    { "vms/nope", "RBD image vms/nope can't be opened: it is not there" },
    { "vms/space/nope", "vms/space/nope" },
    { "vms", "POOL/IMAGE" },
    { "/vms", "POOL/IMAGE" },
    { "vms/", "POOL/IMAGE" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (
        vg_rbd_snap_create (fix->cluster, bad[i].name, "s", &error));
    g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_MISSING);
    if (strstr (error->message, bad[i].words) == NULL)
      g_error ("'%s' does not say '%s'", error->message, bad[i].words);
  }
}

static void
assert_exists (Fixture *fix, const char *snapshot, gboolean expected)
{
  g_autoptr (GError) error = NULL;
  gboolean exists;

  OK (vg_rbd_snap_exists (fix->cluster, fix->image, snapshot, &exists, &error));
  g_assert_cmpint (exists, ==, expected);
}

static void
test_snapshot (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  assert_exists (fix, SNAPSHOT, FALSE);
  make_image ("8M", "");
  assert_exists (fix, SNAPSHOT, FALSE);
  OK (vg_rbd_snap_remove (fix->cluster, fix->image, SNAPSHOT, &error));
  g_assert_false (
      vg_rbd_snap_protect (fix->cluster, fix->image, SNAPSHOT, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_MISSING);
  g_clear_error (&error);
  take (fix);
  assert_exists (fix, SNAPSHOT, TRUE);
  g_assert_false (
      vg_rbd_snap_create (fix->cluster, fix->image, SNAPSHOT, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_EXISTS);
  g_clear_error (&error);
  for (int i = 0; i < 2; i++)
    OK (vg_rbd_snap_protect (fix->cluster, fix->image, SNAPSHOT, &error));
  assert_prints ("true",
                 "rbd snap ls " IMAGE " --format json | jq -r '.[].protected'");
  for (int i = 0; i < 2; i++)
    OK (vg_rbd_snap_unprotect (fix->cluster, fix->image, SNAPSHOT, &error));
  OK (vg_rbd_snap_protect (fix->cluster, fix->image, SNAPSHOT, &error));
  for (int i = 0; i < 2; i++)
    OK (vg_rbd_snap_remove (fix->cluster, fix->image, SNAPSHOT, &error));
  assert_exists (fix, SNAPSHOT, FALSE);
  OK (vg_rbd_snap_remove (fix->cluster, "vms/nope", "s", &error));
  OK (vg_rbd_snap_unprotect (fix->cluster, "vms/nope", "s", &error));
}

static void
test_info (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_auto (VgRbdInfo) info = { 0 };
  g_auto (VgRbdInfo) plain = { 0 };
  g_autoptr (GError) error = NULL;

  make_image ("9000001B", "");
  OK (vg_rbd_read_info (fix->cluster, IMAGE, &info, &error));
  g_assert_cmpuint (info.size, ==, 9000001);
  g_assert_null (info.parent);
  g_assert_true (info.can_clone && info.fast_diff && info.deep_flatten);
  RUN ("rbd feature disable " IMAGE " fast-diff deep-flatten");
  OK (vg_rbd_read_info (fix->cluster, IMAGE, &plain, &error));
  g_assert_true (plain.can_clone && !plain.fast_diff && !plain.deep_flatten);
}

static void
test_denied (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgCluster) reader = connect_as ("reader");
  g_autoptr (GError) error = NULL;

  make_image ("8M", "");
  take (fix);
  g_assert_false (vg_rbd_clone (reader, IMAGE, SNAPSHOT, CLONE,
                                &(const VgRbdCloning){ .format = 2 }, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_DENIED);
  g_assert_nonnull (strstr (error->message, "client.reader lacks permission"));
}

static void
assert_children (Fixture *fix, gboolean expected)
{
  g_autoptr (GError) error = NULL;
  gboolean has;

  OK (vg_rbd_has_children (fix->cluster, IMAGE, &has, &error));
  g_assert_cmpint (has, ==, expected);
}

static void
count_progress (guint64 done, guint64 total, gpointer data)
{
  guint64 *last = data;

  g_assert_cmpuint (done, <=, total);
  *last = MAX (*last, done);
}

static void
make_clone (Fixture *fix, guint format)
{
  g_autoptr (GError) error = NULL;
  g_auto (VgRbdInfo) info = { 0 };

  OK (vg_rbd_clone (fix->cluster, IMAGE, SNAPSHOT, CLONE,
                    &(const VgRbdCloning){ .format = format }, &error));
  OK (vg_rbd_read_info (fix->cluster, CLONE, &info, &error));
  g_assert_cmpstr (info.parent, ==, IMAGE "@" SNAPSHOT);
  assert_children (fix, TRUE);
  g_assert_false (vg_rbd_clone (fix->cluster, IMAGE, SNAPSHOT, CLONE,
                                &(const VgRbdCloning){ .format = format },
                                &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_EXISTS);
}

static void
flatten_clone (Fixture *fix)
{
  g_autoptr (GError) error = NULL;
  guint64 done = 0;

  OK (vg_rbd_flatten (fix->cluster, CLONE, count_progress, &done, NULL,
                      &error));
  g_assert_cmpuint (done, >, 0);
  OK (vg_rbd_flatten (fix->cluster, CLONE, NULL, NULL, NULL, &error));
  assert_children (fix, FALSE);
}

/* Format 1: the snapshot is held by its clones. */
static void
test_clone_1 (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  make_image ("50M", "");
  change (IMAGE, "-c 'write -P 1 1M 3M' -c 'write -P 2 33M 100k'");
  take (fix);
  assert_children (fix, FALSE);
  /* (A snapshot that isn't protected is not cloned here: after that refusal
   * librbd 16 died of "std::system_error: Invalid argument", or did not return
   * from the next rbd_open(), in 4 of some 80 runs.) */
  OK (vg_rbd_snap_protect (fix->cluster, IMAGE, SNAPSHOT, &error));
  make_clone (fix, 1);
  g_assert_false (vg_rbd_snap_remove (fix->cluster, IMAGE, SNAPSHOT, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_false (vg_rbd_remove (fix->cluster, IMAGE, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_BUSY);
  g_clear_error (&error);
  flatten_clone (fix);
  OK (vg_rbd_snap_remove (fix->cluster, IMAGE, SNAPSHOT, &error));
  RUN ("cmp <(rbd export --no-progress " IMAGE
       " -) <(rbd export --no-progress " CLONE " -)");
}

/* Format 2: the snapshot can be removed, and goes with its last clone. */
static void
test_clone_2 (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  make_image ("50M", "");
  change (IMAGE, "-c 'write -P 1 1M 3M' -c 'write -P 2 33M 100k'");
  take (fix);
  make_clone (fix, 2);
  OK (vg_rbd_snap_remove (fix->cluster, IMAGE, SNAPSHOT, &error));
  assert_exists (fix, SNAPSHOT, FALSE);
  assert_prints ("trash", "rbd snap ls --all " IMAGE
                          " --format json | jq -r '.[].namespace.type'");
  assert_children (fix, TRUE);
  g_assert_false (vg_rbd_remove (fix->cluster, IMAGE, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_BUSY);
  g_clear_error (&error);
  RUN ("rbd export --no-progress " CLONE " before");
  flatten_clone (fix);
  assert_prints ("[]", "rbd snap ls --all " IMAGE " --format json");
  RUN ("rbd export --no-progress " CLONE " after; cmp before after");
  RUN ("cmp after <(rbd export --no-progress " IMAGE " -); rm before after");
}

/* A clone that is removed frees the snapshot as well. */
static void
test_clone_removed (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  make_image ("8M", "");
  take (fix);
  make_clone (fix, 2);
  OK (vg_rbd_snap_remove (fix->cluster, IMAGE, SNAPSHOT, &error));
  RUN ("rbd snap create --no-progress " CLONE "@snap");
  RUN ("rbd snap protect " CLONE "@snap");
  for (int i = 0; i < 2; i++)
    OK (vg_rbd_remove (fix->cluster, CLONE, &error));
  assert_children (fix, FALSE);
  assert_prints ("[]", "rbd snap ls --all " IMAGE " --format json");
}

static void
test_clone_format (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *release = run ("ceph osd get-require-min-compat-client");
  guint format = 0;

  OK (vg_rbd_get_clone_format (fix->cluster, &format, &error));
  g_assert_cmpuint (format, ==, g_strcmp0 (release, "mimic") < 0 ? 1 : 2);
}

static void
cancel_soon (guint64 done, guint64 total, gpointer data)
{
  if (done > total / 4)
    g_cancellable_cancel (data);
}

static void
test_flatten_cancelled (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_auto (VgRbdInfo) info = { 0 };

  make_image ("400M", "");
  change (IMAGE, "-c 'write -P 1 0 300M'");
  take (fix);
  make_clone (fix, 2);
  g_assert_false (vg_rbd_flatten (fix->cluster, CLONE, cancel_soon, cancellable,
                                  cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  OK (vg_rbd_read_info (fix->cluster, CLONE, &info, &error));
  g_assert_nonnull (info.parent);
  flatten_clone (fix);
  RUN ("cmp <(rbd export --no-progress " IMAGE
       " -) <(rbd export --no-progress " CLONE " -)");
}

/* ---- Streams */

/* Reads a body to its end, and puts it where the map says, into a file. */
static void
write_file (VgBody *body, const VgMap *map, const char *name, guint64 size)
{
  g_autofree char *path = g_build_filename (work, name, NULL);
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
compare (Fixture *fix, const char *image, guint64 most)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDisk) disk =
      vg_rbd_disk_open (fix->cluster, image, SNAPSHOT, &error);
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
  RUN ("rm -f export; rbd export --no-progress %s@" SNAPSHOT " export", image);
  for (int i = 0; i < 2; i++) {
    write_file (body, map, "ours", disk->size);
    RUN ("cmp ours export");
    OK (vg_body_rewind (body, &error));
  }
  OK (vg_disk_check (disk, &error));
}

#define CHANGES                                                                \
  "-c 'write -P 1 0 64k' -c 'write -P 2 5M 6M' -c 'write -P 3 30M 1k' "        \
  "-c 'discard 6M 3M' -c 'discard 28M 8M' -c 'write -P 4 40000000 512' "       \
  "-c 'write -z 9M 1M'"

/* data: options of "rbd create". What was written later is not in it. */
static void
test_stream (Fixture *fix, gconstpointer data)
{
  make_image ("41000449B", data);
  change (IMAGE, CHANGES);
  take (fix);
  change (IMAGE, "-c 'write -P 9 0 20M' -c 'discard 32M 4M'");
  /* (An object that is written at its end counts as a whole, and here has parts
   * of all over the disk.) */
  compare (fix, IMAGE, (strstr (data, "stripe") ? 40 : 20) * MIB);
}

/* A clone has its own bytes, its parent's, and what it discarded of these. */
static void
test_stream_clone (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  make_image ("41000449B", "");
  change (IMAGE, CHANGES);
  take (fix);
  make_clone (fix, 2);
  RUN ("rbd resize --no-progress --size 70M " CLONE);
  change (CLONE, "-c 'write -P 5 1M 1k' -c 'discard 8M 4M' "
                 "-c 'write -P 6 69M 1M'");
  OK (vg_rbd_snap_create (fix->cluster, CLONE, SNAPSHOT, &error));
  compare (fix, CLONE, 30 * MIB);
  RUN ("rbd feature disable " CLONE " object-map fast-diff");
  compare (fix, CLONE, 30 * MIB);
}

/* Shrunk and grown: no old bytes come back. */
static void
test_stream_resized (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  make_image ("60M", "");
  change (IMAGE, "-c 'write -P 1 0 60M'");
  RUN ("rbd resize --no-progress --allow-shrink --size 18500K " IMAGE);
  RUN ("rbd resize --no-progress --size 80M " IMAGE);
  take (fix);
  compare (fix, IMAGE, 20 * MIB);
}

static void
test_stream_empty (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  make_image ("10T", "");
  take (fix);
  /* (Too large to be compared.) */
  {
    g_autoptr (VgDisk) disk =
        vg_rbd_disk_open (fix->cluster, IMAGE, SNAPSHOT, NULL);
    g_autoptr (VgMap) map = vg_disk_read_map (disk, NULL, NULL);
    g_autoptr (VgBody) body = vg_disk_open_data (disk, map, NULL, NULL);

    g_assert_cmpuint (disk->size, ==, (guint64) 10 << 40);
    g_assert_cmpuint (body->length, ==, 0);
  }
}

/* An object map that is marked as wrong is not believed. */
static void
test_stream_invalid_map (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  make_image ("41000449B", "--image-feature layering,exclusive-lock");
  change (IMAGE, CHANGES);
  take (fix);
  RUN ("rbd feature enable " IMAGE " object-map fast-diff");
  compare (fix, IMAGE, 20 * MIB);
}

static void
test_stream_cancelled (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *buffer = g_malloc (MIB);
  g_autoptr (VgDisk) disk = NULL;
  g_autoptr (VgMap) map = NULL, none = NULL;
  g_autoptr (VgBody) body = NULL;

  make_image ("60M", "");
  change (IMAGE, "-c 'write -P 1 0 60M'");
  take (fix);
  disk = vg_rbd_disk_open (fix->cluster, IMAGE, SNAPSHOT, &error);
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
test_stream_gone (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDisk) disk = NULL;

  make_image ("8M", "");
  g_assert_null (vg_rbd_disk_open (fix->cluster, IMAGE, SNAPSHOT, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_MISSING);
  g_assert_nonnull (strstr (error->message, "snapshot " SNAPSHOT));
  g_clear_error (&error);
  take (fix);
  disk = vg_rbd_disk_open (fix->cluster, IMAGE, SNAPSHOT, &error);
  OK (vg_disk_check (disk, &error));
  OK (vg_rbd_snap_remove (fix->cluster, IMAGE, SNAPSHOT, &error));
  take (fix);
  g_assert_false (vg_disk_check (disk, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE);
}

/* ---- Full */

/* A pool whose quota is used up: the end comes at once, and removing works.
 * VG_TEST_CEPH_FULL_POOL is one, with an image "data" and its snapshot. */
static void
test_full (void)
{
  const char *pool = g_getenv ("VG_TEST_CEPH_FULL_POOL");
  g_autoptr (VgCluster) cluster = connect_as ("admin");
  g_autofree char *image = g_strconcat (pool, "/data", NULL);
  g_autofree char *child = g_strconcat (pool, "/clone", NULL);
  g_autoptr (GError) error = NULL;
  gint64 began = g_get_monotonic_time ();

  g_assert_false (vg_rbd_clone (cluster, image, SNAPSHOT, child,
                                &(const VgRbdCloning){ .format = 2 }, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_FULL);
  g_assert_nonnull (strstr (error->message, "quota"));
  g_clear_error (&error);
  OK (vg_rbd_remove (cluster, child, &error));

  /* One that was made before. */
  child[strlen (child) - strlen ("clone")] = 'C';
  g_assert_false (vg_rbd_flatten (cluster, child, NULL, NULL, NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_FULL);
  g_clear_error (&error);
  OK (vg_rbd_remove (cluster, child, &error));
  OK (vg_rbd_remove (cluster, image, &error));
  g_assert_cmpint (g_get_monotonic_time () - began, <, 120 * G_USEC_PER_SEC);
}

static void
add (const char *path, const char *options,
     void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, options, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  conf = g_getenv ("VG_TEST_CEPH_CONF");
  if (conf == NULL) {
    g_printerr ("rbd-ops needs a cloud's VG_TEST_CEPH_CONF\n");
    return 77;
  }
  g_setenv ("CEPH_CONF", conf, TRUE);
  work = g_dir_make_tmp ("vg-rbd-XXXXXX", NULL);
  g_test_add_func ("/connect/ok", test_connect);
  g_test_add_func ("/connect/refused", test_connect_refused);
  g_test_add_func ("/connect/unreachable", test_connect_unreachable);
  g_test_add_func ("/connect/monitors", test_monitors);
  add ("/names", NULL, test_names);
  add ("/snapshot", NULL, test_snapshot);
  add ("/info", NULL, test_info);
  add ("/denied", NULL, test_denied);
  add ("/clone/1", NULL, test_clone_1);
  add ("/clone/2", NULL, test_clone_2);
  add ("/clone/removed", NULL, test_clone_removed);
  add ("/clone/format", NULL, test_clone_format);
  add ("/flatten/cancelled", NULL, test_flatten_cancelled);
  add ("/stream/fast-diff", "", test_stream);
  add ("/stream/no-fast-diff", "--image-feature layering", test_stream);
  add ("/stream/small-objects", "--object-size 64K", test_stream);
  add ("/stream/striped", "--stripe-unit 16K --stripe-count 4", test_stream);
  add ("/stream/clone", NULL, test_stream_clone);
  add ("/stream/resized", NULL, test_stream_resized);
  add ("/stream/empty", NULL, test_stream_empty);
  add ("/stream/invalid-map", NULL, test_stream_invalid_map);
  add ("/stream/cancelled", NULL, test_stream_cancelled);
  add ("/stream/gone", NULL, test_stream_gone);
  g_test_add_func ("/full", test_full);
  status = g_test_run ();
  RUN ("rm -r \"$PWD\"");
  g_free (work);
  return status;
}
