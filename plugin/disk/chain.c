/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A shut-off disk's backing chain. The XML describes the top layer. If the XML
 * doesn't give a layer's backing file, the layer's header is read, opened with
 * its known format. A layer without a format is refused, as in libvirt. */
#include "disk/chain.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/disk.h"
#include "util/child.h"

#define MAX_DEPTH 200

/* The end of our JSON where QEMU's programs quote it. */
#define QUOTE_END "}': "

/* Formats that can have a backing file. */
static const char *const layered[] = { "qcow2", "qcow", "qed", "vmdk", NULL };

/* Formats accepted from a header. They refer to no other files but a backing
 * file, which is checked in turn; a VMDK, for example, may refer to any number.
 */
static const char *const accepted[] = { "raw", "qcow2", "qcow", "qed",
                                        "vdi", "vpc",   "vhdx", NULL };

/* qcow2's header (QEMU: docs/interop/qcow2.txt), from version 3 on: the offset
 * of the incompatible feature bits, and the bit for an external data file. */
#define QCOW2_MAGIC "QFI\xfb\0\0\0"
#define QCOW2_VERSION 7
#define QCOW2_INCOMPATIBLE 79
#define QCOW2_DATA_FILE 0x04

static VgJson *describe_layer (const VgSource *source, guint depth,
                               GCancellable *cancellable, GError **error);

static VgJson *
describe_file (const VgSource *source, GError **error)
{
  g_autofree char *name = vg_source_describe (source);
  g_autoptr (VgJson) file = NULL;
  struct stat st;

  if (source->path == NULL
      || (source->type != VG_SOURCE_FILE && source->type != VG_SOURCE_BLOCK)) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
                 "%s is of type '%s', which can be read only while the domain "
                 "is running; start the domain and try again",
                 name, source->type_name ? source->type_name : "unknown");
    return NULL;
  }
  if (source->has_slice) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
                 "the disk is a slice of %s, which can be read only while the "
                 "domain is running; start the domain and try again",
                 name);
    return NULL;
  }
  if (stat (source->path, &st) < 0) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
                 "%s can't be opened: %s", name, g_strerror (errno));
    return NULL;
  }
  file = json_object_new_object ();
  vg_json_set_string (file, "driver",
                      S_ISBLK (st.st_mode) ? "host_device" : "file");
  vg_json_set_string (file, "filename", source->path);
  return g_steal_pointer (&file);
}

/* A qcow2's header may name an external data file. QEMU would open any such
 * file, with our rights. */
static gboolean
check_data_file (const char *path, GError **error)
{
  guint8 header[QCOW2_INCOMPATIBLE + 1];
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  ssize_t n = fd >= 0 ? pread (fd, header, sizeof header, 0) : -1;

  if (fd >= 0)
    close (fd);
  /* QEMU reports other defects. */
  if (n != sizeof header || memcmp (header, QCOW2_MAGIC, QCOW2_VERSION) != 0
      || header[QCOW2_VERSION] < 3
      || (header[QCOW2_INCOMPATIBLE] & QCOW2_DATA_FILE) == 0)
    return TRUE;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
               "%s has an external data file, which can be read only while the "
               "domain is running; start the domain and try again",
               path);
  return FALSE;
}

const char *
vg_chain_reason (char *messages)
{
  const char *quoted = g_strrstr (g_strstrip (messages), QUOTE_END);

  return quoted != NULL ? quoted + strlen (QUOTE_END) : messages;
}

/* qemu-img's information on the layer alone. */
static VgJson *
ask_header (VgJson *layer, const char *path, GCancellable *cancellable,
            GError **error)
{
  g_autofree char *text = vg_json_to_text (layer, FALSE);
  g_autofree char *name = g_strconcat ("json:", text, NULL);
  g_autoptr (GSubprocessLauncher) launcher = vg_child_launcher (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *out = NULL, *messages = NULL;

  g_debug ("qemu-img info %s", name);
  process = g_subprocess_launcher_spawn (launcher, error, "qemu-img", "info",
                                         "--output=json", "--force-share", name,
                                         NULL);
  if (process == NULL) {
    g_prefix_error (error, "qemu-img (Debian: qemu-utils) is needed to read "
                           "shut-off disks: ");
    return NULL;
  }
  if (!vg_child_communicate (process, cancellable, &out, &messages, error))
    return NULL;
  if (!g_subprocess_get_successful (process)) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
                 "%s can't be opened: %s", path, vg_chain_reason (messages));
    return NULL;
  }
  return vg_json_parse (out, -1, error);
}

/* The layer that the header of the layer above names. */
static VgJson *
describe_named (VgJson *header, const char *path, guint depth,
                GCancellable *cancellable, GError **error)
{
  const char *name = vg_json_get_string (header, "full-backing-filename");
  const char *format = vg_json_get_string (header, "backing-filename-format");
  g_autoptr (VgSource) source = NULL;

  if (name == NULL)
    name = vg_json_get_string (header, "backing-filename");
  if (format == NULL) {
    g_set_error (
        error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
        "%s doesn't state the format of its backing file %s, and probing it is "
        "not safe; set it with 'qemu-img rebase -u -F FORMAT -b %s %s'",
        path, name, name, path);
    return NULL;
  }
  if (!g_strv_contains (accepted, format)) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
                 "%s states that its backing file %s has the format '%s', "
                 "which is not opened because a header says so; name it in a "
                 "<backingStore> of the domain's XML, or convert it to qcow2",
                 path, name, format);
    return NULL;
  }
  if (!g_path_is_absolute (name)) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
                 "the backing file %s of %s can be read only while the domain "
                 "is running; start the domain and try again",
                 name, path);
    return NULL;
  }
  source = vg_source_new (VG_SOURCE_FILE);
  source->path = g_strdup (name);
  source->format = g_strdup (format);
  return describe_layer (source, depth + 1, cancellable, error);
}

/* QEMU reads L2 tables in slices, by default of 4 KiB, and reports allocation
 * slice by slice: half a million slices for 16 TiB. */
static void
widen_slices (VgJson *layer, VgJson *header)
{
  gint64 cluster = vg_json_get_int (header, "cluster-size", 0);

  if (g_str_equal (vg_json_get_string (layer, "driver"), "qcow2")
      && cluster >= 4096)
    vg_json_set_int (layer, "l2-cache-entry-size", MIN (cluster, 65536));
}

/* Adds the backing member; null at the end of the chain. */
static gboolean
add_backing (VgJson *layer, const VgSource *source, guint depth,
             GCancellable *cancellable, GError **error)
{
  g_autoptr (VgJson) header = NULL;
  VgJson *backing = NULL;

  if (source->backing != NULL) {
    backing = describe_layer (source->backing, depth + 1, cancellable, error);
    if (backing == NULL)
      return FALSE;
  } else if (!source->backing_known) {
    header = ask_header (layer, source->path, cancellable, error);
    if (header == NULL)
      return FALSE;
    widen_slices (layer, header);
    if (vg_json_get_string (header, "backing-filename") != NULL) {
      backing =
          describe_named (header, source->path, depth, cancellable, error);
      if (backing == NULL)
        return FALSE;
    }
  }
  vg_json_set_take (layer, "backing", backing);
  return TRUE;
}

static VgJson *
describe_layer (const VgSource *source, guint depth, GCancellable *cancellable,
                GError **error)
{
  const char *format = source->format ? source->format : "raw";
  g_autoptr (VgJson) layer = NULL;
  VgJson *file;

  if (depth > MAX_DEPTH) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
                 "the backing chain is longer than %d layers", MAX_DEPTH);
    return NULL;
  }
  file = describe_file (source, error);
  if (file == NULL)
    return NULL;
  if (g_str_equal (format, "qcow2") && !check_data_file (source->path, error)) {
    vg_json_unref (file);
    return NULL;
  }
  layer = json_object_new_object ();
  vg_json_set_string (layer, "driver", format);
  vg_json_set_take (layer, "file", file);
  if (g_strv_contains (layered, format)
      && !add_backing (layer, source, depth, cancellable, error))
    return NULL;
  return g_steal_pointer (&layer);
}

VgJson *
vg_chain_describe (const VgSource *source, GCancellable *cancellable,
                   GError **error)
{
  return describe_layer (source, 0, cancellable, error);
}

const char *
vg_chain_get_path (VgJson *chain)
{
  return vg_json_get_string (vg_json_get (chain, "file"), "filename");
}

VgJson *
vg_chain_get_backing (VgJson *chain)
{
  return vg_json_get (chain, "backing");
}

/* A file may have two names. */
static gboolean
is_file (const char *path, const char *other)
{
  struct stat a, b;

  if (g_str_equal (path, other))
    return TRUE;
  return stat (path, &a) == 0 && stat (other, &b) == 0 && a.st_dev == b.st_dev
         && a.st_ino == b.st_ino;
}

VgJson *
vg_chain_find (VgJson *chain, const char *path)
{
  while (chain != NULL && !is_file (vg_chain_get_path (chain), path))
    chain = vg_chain_get_backing (chain);
  return chain;
}

gboolean
vg_chain_get_size (VgJson *chain, guint64 *bytes, GCancellable *cancellable,
                   GError **error)
{
  g_autoptr (VgJson) layer = json_object_new_object ();
  g_autoptr (VgJson) info = NULL;

  /* qemu-img doesn't open the backing chain, and rejects its description. */
  vg_json_set_string (layer, "driver", vg_json_get_string (chain, "driver"));
  vg_json_set_take (layer, "file",
                    json_object_get (vg_json_get (chain, "file")));
  info = ask_header (layer, vg_chain_get_path (chain), cancellable, error);
  if (info == NULL)
    return FALSE;
  *bytes = (guint64) vg_json_get_int (info, "virtual-size", 0);
  return TRUE;
}
