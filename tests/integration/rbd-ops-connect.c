/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections to the cluster, taken and refused. */
#include "integration/rbd-ops.h"

#include <string.h>

/* Of the monitors, and a little more; see cluster.h. */
#define PATIENCE_S 60

static char *
read_key (const char *keyring, const char *user)
{
  return ops_run ("ceph-authtool -p -n client.%s %s", user, keyring);
}

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
  access.conf = ops_conf;
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
  VgClusterAccess nobody = { .conf = ops_conf, .user = "nobody", .key = key };
  VgClusterAccess bad = { .conf = ops_conf, .user = "nova", .key = "secret!" };
  VgClusterAccess no_keyring = { .conf = ops_conf,
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
  VgClusterAccess access = { .user = "nova", .key = "AAAA", .conf = ops_conf };

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

void
ops_add_connect (void)
{
  g_test_add_func ("/connect/ok", test_connect);
  g_test_add_func ("/connect/refused", test_connect_refused);
  g_test_add_func ("/connect/unreachable", test_connect_unreachable);
  g_test_add_func ("/connect/monitors", test_monitors);
}
