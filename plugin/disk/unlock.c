/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys for qemu-nbd. Each is a QEMU "secret" object that reads an unnamed file
 * in memory, which the child inherits. */
#include "disk/unlock.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "disk/disk.h"
#include "disk/layers.h"
#include "host/secret.h"
#include "util/secret.h"

#define KEY_NAME "key%u"

/* A separate LUKS layer in a raw file, or qcow2's own encryption. */
static void
set_key (VgJson *layer, const char *name)
{
  VgJson *encrypt;

  if (g_strcmp0 (vg_json_get_string (layer, "driver"), "qcow2") != 0) {
    vg_json_set_string (layer, "driver", "luks");
    vg_json_set_string (layer, "key-secret", name);
    return;
  }
  encrypt = json_object_new_object ();
  vg_json_set_string (encrypt, "format", "luks");
  vg_json_set_string (encrypt, "key-secret", name);
  vg_json_set_take (layer, "encrypt", encrypt);
}

static char *
get_key (const VgSource *source, VgGuest *guest, GError **error)
{
  g_autofree char *file = vg_source_describe (source);

  if (g_strcmp0 (source->encryption, "luks") == 0
      && (source->key_uuid != NULL || source->key_usage != NULL))
    return vg_guest_get_passphrase (guest, source->key_uuid, source->key_usage,
                                    error);
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
               "%s is encrypted, but the domain's XML names no secret for "
               "LUKS; add <secret type='passphrase' .../> to its <encryption>",
               file);
  return NULL;
}

GPtrArray *
vg_unlock_chain (VgJson *chain, const VgSource *source, VgGuest *guest,
                 GError **error)
{
  g_autoptr (GPtrArray) keys =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_secret_free);

  for (; chain != NULL && source != NULL;
       chain = vg_chain_get_backing (chain), source = source->backing) {
    g_autofree char *name = g_strdup_printf (KEY_NAME, keys->len);
    char *key;

    if (source->encryption == NULL)
      continue;
    key = get_key (source, guest, error);
    if (key == NULL)
      return NULL;
    g_ptr_array_add (keys, key);
    set_key (chain, name);
  }
  return g_steal_pointer (&keys);
}

GPtrArray *
vg_unlock_layer (const VgSource *layer, VgGuest *guest, GError **error)
{
  g_autoptr (GPtrArray) keys =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_secret_free);
  char *key = get_key (layer, guest, error);

  if (key == NULL)
    return NULL;
  g_ptr_array_add (keys, key);
  return g_steal_pointer (&keys);
}

/* A file without a name, positioned at its beginning. */
static int
make_file (const char *content, GError **error)
{
  gsize length = strlen (content);
  int fd = memfd_create ("virt-glance", MFD_CLOEXEC);

  if (fd >= 0 && write (fd, content, length) == (gssize) length
      && lseek (fd, 0, SEEK_SET) == 0)
    return fd;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
               "a key can't be passed to qemu-nbd: %s", g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

gboolean
vg_unlock_pass (GPtrArray *keys, GSubprocessLauncher *launcher, guint first,
                const char *folder, GPtrArray *argv, GError **error)
{
  for (guint i = 0; i < keys->len; i++) {
    int fd = make_file (keys->pdata[i], error);

    if (fd < 0)
      return FALSE;
    g_subprocess_launcher_take_fd (launcher, fd, (gint) (first + i));
    g_ptr_array_add (argv, g_strdup ("--object"));
    g_ptr_array_add (argv, g_strdup_printf ("secret,id=" KEY_NAME
                                            ",format=base64,file=%s/%u",
                                            i, folder, first + i));
  }
  return TRUE;
}

VgJson *
vg_unlock_ciphertext (VgJson *chain, GError **error)
{
  VgJson *file = vg_json_get (chain, "file");
  VgJson *bytes;

  if (vg_chain_get_backing (chain) != NULL) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
                 "%s is encrypted and has a backing file, which an image of "
                 "its ciphertext would lack",
                 vg_chain_get_path (chain));
    return NULL;
  }
  bytes = json_object_new_object ();
  vg_json_set_string (bytes, "driver", "raw");
  vg_json_set_take (bytes, "file", json_object_get (file));
  return bytes;
}
