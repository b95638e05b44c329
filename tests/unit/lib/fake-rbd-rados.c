/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake of librados: connecting to a cluster, and its pools. */
#include <errno.h>
#include <string.h>

#include "lib/fake-rbd.h"

#define DEFAULT_RELEASE 12 /* Luminous */

int
rados_create2 (rados_t *cluster, const char *const name G_GNUC_UNUSED,
               const char *const user, uint64_t flags G_GNUC_UNUSED)
{
  FakeFault fault = fake_rbd_begin ("rados_create2", user, NULL, FALSE);
  FakeCluster *new;

  if (fault.stop)
    return fault.result;
  if (!g_str_has_prefix (user, "client."))
    return -EINVAL;
  new = g_new0 (FakeCluster, 1);
  new->user = g_strdup (user + strlen ("client."));
  new->options =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  *cluster = new;
  return fake_rbd_end (&fault, 0);
}

void
rados_shutdown (rados_t handle)
{
  FakeCluster *cluster = handle;

  if (cluster->n_open > 0)
    fake_rbd_die ("%d pools and images are still open", cluster->n_open);
  g_hash_table_unref (cluster->options);
  g_free (cluster->folder);
  g_free (cluster->user);
  g_free (cluster);
}

/* "mon host" is "mon_host". */
static void
set_option (FakeCluster *cluster, const char *name, const char *value)
{
  g_hash_table_replace (cluster->options,
                        g_strdelimit (g_strdup (name), " ", '_'),
                        g_strdup (value));
}

int
rados_conf_read_file (rados_t handle, const char *path)
{
  FakeFault fault = fake_rbd_begin ("rados_conf_read_file", path, NULL, FALSE);
  const char *file = path != NULL ? path : g_getenv ("CEPH_CONF");
  g_autoptr (GKeyFile) conf = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) keys = NULL;

  if (fault.stop)
    return fault.result;
  if (file == NULL)
    return -ENOENT;
  if (!g_key_file_load_from_file (conf, file, G_KEY_FILE_NONE, &error))
    return error->domain == G_FILE_ERROR ? -ENOENT : -EINVAL;
  keys = g_key_file_get_keys (conf, "global", NULL, NULL);
  for (char **key = keys; key != NULL && *key != NULL; key++) {
    g_autofree char *value = g_key_file_get_value (conf, "global", *key, NULL);

    set_option (handle, *key, value);
  }
  return fake_rbd_end (&fault, 0);
}

int
rados_conf_set (rados_t handle, const char *name, const char *value)
{
  FakeFault fault = fake_rbd_begin ("rados_conf_set", name, NULL, FALSE);

  if (!fault.stop)
    set_option (handle, name, value);
  return fault.stop ? fault.result : fake_rbd_end (&fault, 0);
}

int
rados_conf_get (rados_t handle, const char *name, char *buffer, size_t length)
{
  FakeFault fault = fake_rbd_begin ("rados_conf_get", name, NULL, FALSE);
  FakeCluster *cluster = handle;
  const char *value = g_hash_table_lookup (cluster->options, name);

  if (!fault.stop)
    g_strlcpy (buffer, value != NULL ? value : "", length);
  return fault.stop ? fault.result : fake_rbd_end (&fault, 0);
}

/* The host of "10.0.0.1:6789" or "[::1]:6789"; NULL: malformed. */
static char *
get_host (const char *monitor)
{
  const char *end;

  if (*monitor == '[') {
    end = strchr (monitor, ']');
    return end != NULL ? g_strndup (monitor + 1, (gsize) (end - monitor - 1))
                       : NULL;
  }
  return *monitor != '\0' && strpbrk (monitor, " !") == NULL
             ? g_strndup (monitor, strcspn (monitor, ":"))
             : NULL;
}

/* The first monitor that is there answers. */
static int
find_cluster (FakeCluster *cluster)
{
  const char *monitors = g_hash_table_lookup (cluster->options, "mon_host");
  g_auto (GStrv) list = NULL;

  if (monitors == NULL || *monitors == '\0')
    return -ENOENT;
  list = g_strsplit (monitors, ",", -1);
  for (char **monitor = list; *monitor != NULL; monitor++) {
    g_autofree char *host = get_host (*monitor);
    g_autofree char *folder = NULL;

    if (host == NULL)
      return -EINVAL;
    folder = g_build_filename (g_getenv (FAKE_RBD_FOLDER), host, NULL);
    if (g_file_test (folder, G_FILE_TEST_IS_DIR)) {
      cluster->folder = g_steal_pointer (&folder);
      return 0;
    }
  }
  return -ETIMEDOUT;
}

/* The key that the client has, by the option or in a keyring; or NULL. */
static char *
get_own_key (const FakeCluster *cluster)
{
  const char *key = g_hash_table_lookup (cluster->options, "key");
  const char *keyring = g_hash_table_lookup (cluster->options, "keyring");
  g_autofree char *section = g_strconcat ("client.", cluster->user, NULL);
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (key != NULL && *key != '\0')
    return g_strdup (key);
  if (keyring == NULL
      || !g_key_file_load_from_file (file, keyring, G_KEY_FILE_NONE, NULL))
    return NULL;
  return g_key_file_get_string (file, section, "key", NULL);
}

static int
authenticate (const FakeCluster *cluster)
{
  g_autofree char *path =
      g_build_filename (cluster->folder, "users", cluster->user, NULL);
  g_autofree char *own = get_own_key (cluster);
  g_autofree char *key = NULL;
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (own == NULL)
    return -EOPNOTSUPP;
  if (strchr (own, '!') != NULL)
    return -EINVAL;
  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return -EPERM;
  key = g_key_file_get_string (file, "user", "key", NULL);
  return g_strcmp0 (key, own) == 0 ? 0 : -EACCES;
}

/* What others would find there, if it is not switched off. */
static void
make_socket (const FakeCluster *cluster)
{
  g_autofree char *path = g_build_filename (cluster->folder, "asok", NULL);

  g_file_set_contents (path, "", 0, NULL);
}

int
rados_connect (rados_t handle)
{
  FakeCluster *cluster = handle;
  FakeFault fault =
      fake_rbd_begin ("rados_connect", cluster->user, cluster, FALSE);
  const char *socket = g_hash_table_lookup (cluster->options, "admin_socket");
  int result;

  if (fault.stop)
    return fault.result;
  result = find_cluster (cluster);
  if (result >= 0)
    result = authenticate (cluster);
  fake_rbd_check_patience (cluster, FALSE, -result);
  if (result < 0)
    fake_rbd_complain (cluster, "connecting failed");
  if (result >= 0 && (socket == NULL || *socket != '\0'))
    make_socket (cluster);
  return fake_rbd_end (&fault, result);
}

int
rados_cluster_fsid (rados_t handle, char *buffer, size_t length)
{
  FakeCluster *cluster = handle;
  FakeFault fault = fake_rbd_begin ("rados_cluster_fsid", NULL, cluster, FALSE);
  g_autofree char *path = g_build_filename (cluster->folder, "fsid", NULL);
  g_autofree char *text = NULL;

  if (fault.stop)
    return fault.result;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return -EIO;
  if (strlen (g_strchomp (text)) >= length)
    return -ERANGE;
  g_strlcpy (buffer, text, length);
  return fake_rbd_end (&fault, 0);
}

int
rados_get_min_compatible_client (rados_t handle, int8_t *least,
                                 int8_t *required)
{
  FakeCluster *cluster = handle;
  FakeFault fault =
      fake_rbd_begin ("rados_get_min_compatible_client", NULL, cluster, FALSE);
  g_autofree char *path =
      g_build_filename (cluster->folder, "require-client", NULL);
  g_autofree char *text = NULL;

  if (fault.stop)
    return fault.result;
  *least = DEFAULT_RELEASE;
  *required = DEFAULT_RELEASE;
  if (g_file_get_contents (path, &text, NULL, NULL))
    *required = (int8_t) g_ascii_strtoll (text, NULL, 10);
  return fake_rbd_end (&fault, 0);
}

int
rados_ioctx_create (rados_t handle, const char *pool, rados_ioctx_t *io)
{
  FakeCluster *cluster = handle;
  FakeFault fault = fake_rbd_begin ("rados_ioctx_create", pool, cluster, FALSE);
  g_autofree char *path =
      g_build_filename (cluster->folder, "pools", pool, NULL);
  FakeIo *new;

  if (fault.stop)
    return fault.result;
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return -ENOENT;
  new = g_new0 (FakeIo, 1);
  new->cluster = cluster;
  new->pool = g_strdup (pool);
  new->space = g_strdup ("");
  g_atomic_int_inc (&cluster->n_open);
  *io = new;
  return fake_rbd_end (&fault, 0);
}

void
rados_ioctx_destroy (rados_ioctx_t handle)
{
  FakeIo *io = handle;

  g_atomic_int_add (&io->cluster->n_open, -1);
  g_free (io->pool);
  g_free (io->space);
  g_free (io);
}

void
rados_ioctx_set_namespace (rados_ioctx_t handle, const char *space)
{
  FakeIo *io = handle;

  g_free (io->space);
  io->space = g_strdup (space);
}

void
rados_set_pool_full_try (rados_ioctx_t handle)
{
  FakeIo *io = handle;

  io->full_try = TRUE;
}
