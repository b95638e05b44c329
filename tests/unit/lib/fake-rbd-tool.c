/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake of Ceph for scripts, and for the fake Glance:
 *
 *   fake-rbd CLUSTER COMMAND ARGUMENT…
 *
 * makes and shows what is below $VG_FAKE_CEPH; or does, by librbd's functions,
 * what another client of the cluster would do, "as USER". Its own calls are not
 * logged, and meet no faults. It ends with 0; 1: wrong arguments; or the errno
 * of librbd.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/fake-rbd-make.h"
#include "lib/fake-rbd.h"

#define DEFAULT_ORDER 16

/* ---- Behind librbd's back */

static int
new_cluster (const char *cluster, char **words)
{
  fake_rbd_new_cluster (cluster, words[0]);
  return 0;
}

static int
new_user (const char *cluster, char **words)
{
  fake_rbd_new_user (cluster, words[0], words[1], words[2]);
  return 0;
}

static int
new_pool (const char *cluster, char **words)
{
  fake_rbd_new_pool (cluster, words[0]);
  return 0;
}

static int
require_client (const char *cluster, char **words)
{
  fake_rbd_require_client (cluster, (guint) atoi (words[0]));
  return 0;
}

static int
import (const char *cluster, char **words)
{
  fake_rbd_new_image (cluster, words[1], 0, DEFAULT_ORDER,
                      (guint64) atoi (words[2]));
  fake_rbd_import (cluster, words[1], words[0]);
  return 0;
}

static int export(const char *cluster, char **words)
{
  g_auto (GStrv) parts = g_strsplit (words[0], "@", 2);
  gsize length;
  g_autofree guint8 *bytes =
      fake_rbd_export (cluster, parts[0], parts[1], &length);

  return fwrite (bytes, 1, length, stdout) == length ? 0 : EIO;
}

static int
show (const char *cluster, char **words G_GNUC_UNUSED)
{
  g_autofree char *state = fake_rbd_describe (cluster);

  puts (state);
  return 0;
}

static int
move_to_trash (const char *cluster, char **words)
{
  fake_rbd_move_to_trash (cluster, words[0]);
  return 0;
}

/* ---- As a client */

typedef struct {
  rados_t cluster;
  rados_ioctx_t io;
  const char *name; /* of the image */
  rbd_image_t image;
} Client;

static void
disconnect (Client *client)
{
  if (client->image != NULL)
    rbd_close (client->image);
  if (client->io != NULL)
    rados_ioctx_destroy (client->io);
  rados_shutdown (client->cluster);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Client, disconnect)

/* Whose key is known anyway. */
static void
connect_as (Client *client, const char *cluster, const char *user)
{
  g_autofree char *path = g_build_filename (g_getenv (FAKE_RBD_FOLDER), cluster,
                                            "users", user, NULL);
  g_autofree char *name = g_strconcat ("client.", user, NULL);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *key = NULL;

  g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL);
  key = g_key_file_get_string (file, "user", "key", NULL);
  rados_create2 (&client->cluster, "ceph", name, 0);
  rados_conf_set (client->cluster, "mon_host", cluster);
  rados_conf_set (client->cluster, "admin_socket", "");
  rados_conf_set (client->cluster, "key", key != NULL ? key : "");
  if (rados_connect (client->cluster) < 0)
    fake_rbd_die ("there is no user %s", user);
}

/* "POOL/IMAGE". */
static int
open_pool (Client *client, const char *image)
{
  g_auto (GStrv) parts = g_strsplit (image, "/", 2);

  client->name = strchr (image, '/') + 1;
  return rados_ioctx_create (client->cluster, parts[0], &client->io);
}

static int
open_image (Client *client, const char *image)
{
  int result = open_pool (client, image);

  return result < 0 ? result
                    : rbd_open (client->io, client->name, &client->image, NULL);
}

/* As Glance does where it is told of an image's place. */
static int
print_size (Client *client, char **words)
{
  g_auto (GStrv) parts = g_strsplit (words[0], "@", 2);
  int result = open_image (client, parts[0]);
  guint64 size = 0;

  if (result >= 0)
    result = rbd_snap_set (client->image, parts[1]);
  if (result >= 0)
    result = rbd_get_size (client->image, &size);
  if (result >= 0)
    printf ("%" G_GUINT64_FORMAT "\n", size);
  return result;
}

/* As Glance does where an image is deleted. */
static int
delete_image (Client *client, char **words)
{
  int result = open_image (client, words[0]);

  if (result < 0)
    return result;
  result = rbd_snap_unprotect (client->image, "snap");
  if (result >= 0 || result == -EINVAL)
    result = rbd_snap_remove (client->image, "snap");
  if (result < 0 && result != -ENOENT)
    return result;
  rbd_close (g_steal_pointer (&client->image));
  return rbd_remove (client->io, client->name);
}

static int
take_snapshot (Client *client, char **words)
{
  g_auto (GStrv) parts = g_strsplit (words[0], "@", 2);
  int result = open_image (client, parts[0]);

  return result < 0 ? result : rbd_snap_create (client->image, parts[1]);
}

static int
remove_snapshot (Client *client, char **words)
{
  g_auto (GStrv) parts = g_strsplit (words[0], "@", 2);
  int result = open_image (client, parts[0]);

  return result < 0 ? result : rbd_snap_remove (client->image, parts[1]);
}

/* "POOL/IMAGE@SNAPSHOT" to "POOL/IMAGE" of the same pool, in that format. */
static int
clone_snapshot (Client *client, char **words)
{
  g_auto (GStrv) parts = g_strsplit (words[0], "@", 2);
  int result = open_pool (client, parts[0]);
  rbd_image_options_t options;

  if (result < 0)
    return result;
  rbd_image_options_create (&options);
  rbd_image_options_set_uint64 (options, RBD_IMAGE_OPTION_CLONE_FORMAT,
                                (guint64) atoi (words[2]));
  result = rbd_clone3 (client->io, client->name, parts[1], client->io,
                       strchr (words[1], '/') + 1, options);
  rbd_image_options_destroy (options);
  return result;
}

static int
remove_image (Client *client, char **words)
{
  int result = open_pool (client, words[0]);

  return result < 0 ? result : rbd_remove (client->io, client->name);
}

/* "POOL/IMAGE" to "POOL/IMAGE" of the same pool. */
static int
rename_image (Client *client, char **words)
{
  int result = open_pool (client, words[0]);

  return result < 0 ? result
                    : rbd_rename (client->io, client->name,
                                  strchr (words[1], '/') + 1);
}

static int
act_as (const char *cluster, char **words)
{
  static const struct {
    const char *name;
    guint n;
    int (*act) (Client *, char **);
  } acts[] = {
    { "size", 1, print_size },           { "delete", 1, delete_image },
    { "snap-create", 1, take_snapshot }, { "snap-rm", 1, remove_snapshot },
    { "clone", 3, clone_snapshot },      { "rm", 1, remove_image },
    { "rename", 2, rename_image },
  };
  g_auto (Client) client = { 0 };

  connect_as (&client, cluster, words[0]);
  for (gsize i = 0; i < G_N_ELEMENTS (acts); i++)
    if (g_str_equal (words[1], acts[i].name)
        && g_strv_length (words + 2) == acts[i].n)
      return -acts[i].act (&client, words + 2);
  return 1;
}

/* Until it is killed, like a guest, or its parent ends; the file tells that it
 * does. */
static int
watch (const char *cluster, char **words)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  fake_rbd_watch (cluster, words[0]);
  if (!g_file_set_contents (words[1], "", 0, NULL))
    return EIO;
  for (;;)
    pause ();
}

static const struct {
  const char *name;
  guint n; /* arguments at least */
  int (*run) (const char *cluster, char **words);
} commands[] = {
  { "new", 1, new_cluster }, { "user", 3, new_user },
  { "pool", 1, new_pool },   { "require-client", 1, require_client },
  { "import", 3, import },   { "export", 1, export },
  { "show", 0, show },       { "trash", 1, move_to_trash },
  { "as", 2, act_as },       { "watch", 2, watch },
};

int
main (int argc, char **argv)
{
  fake_rbd_ignore_faults ();
  for (gsize i = 0; argc > 2 && i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (argv[2], commands[i].name)
        && argc - 3 >= (int) commands[i].n)
      return commands[i].run (argv[1], argv + 3);
  fputs ("fake-rbd CLUSTER COMMAND ARGUMENT…: see fake-rbd-tool.c\n", stderr);
  return 1;
}
