/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A shut-off disk's backing chain. The XML describes the top layer. If the XML
 * doesn't give a layer's backing file, the layer's header is read, opened with
 * its known format. A layer without a format is refused, as in libvirt. */
#include "disk/chain.h"

#include <string.h>

#include "disk/confined.h"
#include "disk/disk.h"
#include "disk/layers.h"
#include "disk/look.h"
#include "disk/unlock.h"
#include "util/child.h"

#define MAX_DEPTH 200
#define IMG_TIMEOUT_MS 30000

/* The end of our JSON where QEMU's programs quote it. */
#define QUOTE_END "}': "

/* Formats that can have a backing file. */
static const char *const layered[] = { "qcow2", "qcow", "qed", "vmdk", NULL };

/* qcow2's header (QEMU: docs/interop/qcow2.txt), from version 3 on: the offset
 * of the incompatible feature bits, and the bit for an external data file. */
#define QCOW2_MAGIC "QFI\xfb\0\0\0"
#define QCOW2_VERSION 7
#define QCOW2_INCOMPATIBLE 79
#define QCOW2_DATA_FILE 0x04

/* What a description is made with. */
typedef struct {
  VgConfine *confine;
  GCancellable *cancellable;
  guint depth;      /* of the present layer */
  GHashTable *seen; /* a text for each file of the layers so far */
} Maker;

/* A loop would be followed to the greatest depth, by a program for each layer.
 */
static gboolean
check_new (const Maker *maker, const char *path, GError **error)
{
  const VgConfineFile *file = vg_confine_find (maker->confine, path);
  char *key = g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
                               (guint64) file->device, (guint64) file->inode);

  if (g_hash_table_add (maker->seen, key))
    return TRUE;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
               "the backing chain is a loop: it comes back to %s", path);
  return FALSE;
}

/* Admits the file. Returns its path for QEMU, which sees only that file. So the
 * path has no "..", which would need another directory. */
static char *
admit (Maker *maker, const char *path, const char *header, GError **error)
{
  g_autofree char *real = NULL;

  if (!vg_confine_admit (maker->confine, path, header, maker->cancellable,
                         error))
    return NULL;
  if (strstr (path, "/../") == NULL)
    return g_strdup (path);
  real = g_strdup (vg_confine_find (maker->confine, path)->real);
  return vg_confine_admit (maker->confine, real, header, maker->cancellable,
                           error)
             ? g_steal_pointer (&real)
             : NULL;
}

/* header: the file whose header names it, or NULL. */
static VgJson *
describe_file (Maker *maker, const VgSource *source, const char *header,
               GError **error)
{
  g_autofree char *name = vg_source_describe (source);
  g_autofree char *path = NULL;
  g_autoptr (VgJson) file = NULL;

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
  path = admit (maker, source->path, header, error);
  if (path == NULL || !check_new (maker, path, error))
    return NULL;
  file = json_object_new_object ();
  vg_json_set_string (file, "driver",
                      vg_confine_find (maker->confine, path)->is_device
                          ? "host_device"
                          : "file");
  vg_json_set_string (file, "filename", path);
  return g_steal_pointer (&file);
}

/* A qcow2's header may name an external data file. QEMU would open any such
 * file, with our rights. */
static gboolean
check_data_file (const Maker *maker, const char *path, GError **error)
{
  VgDiskHeader header;

  if (!vg_disk_read_header (path, &header, maker->cancellable, error))
    return FALSE;
  /* QEMU reports other defects. */
  if (header.length <= QCOW2_INCOMPATIBLE
      || memcmp (header.bytes, QCOW2_MAGIC, QCOW2_VERSION) != 0
      || header.bytes[QCOW2_VERSION] < 3
      || (header.bytes[QCOW2_INCOMPATIBLE] & QCOW2_DATA_FILE) == 0)
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

static gboolean
throw_failed (const char *path, char *messages, GError **error)
{
  if (!vg_confined_explain ("qemu-img", messages, error))
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
                 "%s can't be opened: %s", path, vg_chain_reason (messages));
  return FALSE;
}

/* Starts "qemu-img WORDS…" (NULL-ended) on the chain, with keys (unlock.h) or
 * NULL. */
static GSubprocess *
spawn_qemu_img (const VgConfine *confine, const char *const *words,
                VgJson *chain, GPtrArray *keys, GError **error)
{
  g_autofree char *text = vg_json_to_text (chain, FALSE);
  g_autoptr (GSubprocessLauncher) launcher = vg_child_launcher (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE
      | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GPtrArray) files = vg_chain_list_files (chain);
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  VgConfinedProgram program = { .launcher = launcher,
                                .argv = argv,
                                .files = files,
                                .n_keys = keys != NULL ? keys->len : 0 };
  GSubprocess *process;

  g_ptr_array_add (argv, g_strdup ("qemu-img"));
  for (; *words != NULL; words++)
    g_ptr_array_add (argv, g_strdup (*words));
  if (keys != NULL
      && !vg_unlock_pass (keys, launcher, VG_CONFINED_KEYS,
                          vg_confined_get_key_folder (confine), argv, error))
    return NULL;
  g_ptr_array_add (argv, g_strconcat ("json:", text, NULL));
  g_ptr_array_add (argv, NULL);
  process = vg_confined_spawn (confine, &program, error);
  if (process == NULL && error != NULL && (*error)->domain == G_SPAWN_ERROR)
    g_prefix_error (error, "qemu-img (Debian: qemu-utils) is needed to read "
                           "shut-off disks: ");
  return process;
}

/* What it prints. */
static char *
run_qemu_img (const VgConfine *confine, const char *const *words, VgJson *chain,
              GPtrArray *keys, GCancellable *cancellable, GError **error)
{
  const char *path = vg_chain_get_path (chain);
  g_autoptr (GSubprocess) process =
      spawn_qemu_img (confine, words, chain, keys, error);
  g_autofree char *out = NULL, *messages = NULL;
  g_autoptr (GError) why = NULL;

  if (process == NULL)
    return NULL;
  if (!vg_child_communicate_within (process, IMG_TIMEOUT_MS, cancellable, &out,
                                    &messages, &why)) {
    if (!g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED))
      g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
                   "%s can't be opened: qemu-img gives %s", path, why->message);
    else
      g_propagate_error (error, g_steal_pointer (&why));
    return NULL;
  }
  if (g_subprocess_get_successful (process))
    return g_steal_pointer (&out);
  throw_failed (path, messages, error);
  return NULL;
}

/* qemu-img's information on the layer alone. */
static VgJson *
ask_header (const VgConfine *confine, VgJson *layer, GCancellable *cancellable,
            GError **error)
{
  static const char *const words[] = { "info", "--output=json", "--force-share",
                                       NULL };
  g_autofree char *out =
      run_qemu_img (confine, words, layer, NULL, cancellable, error);

  return out != NULL ? vg_json_parse (out, -1, error) : NULL;
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

static VgJson *describe_layer (Maker *maker, const VgSource *source,
                               const char *header, GError **error);

static char opened[] = "opened", encrypted[] = "encrypted";

/* qemu-img need not open it again to see that it can, but for its key. */
static void
mark_opened (VgJson *layer, VgJson *header)
{
  json_object_set_userdata (
      layer, vg_json_get_bool (header, "encrypted", FALSE) ? encrypted : opened,
      NULL);
}

static gboolean
is_opened (VgJson *layer)
{
  return json_object_get_userdata (layer) != NULL;
}

/* Adds the backing member; null at the end of the chain. */
static gboolean
add_backing (Maker *maker, VgJson *layer, const VgSource *source,
             GError **error)
{
  g_autoptr (VgJson) header = NULL;
  g_autoptr (VgSource) named = NULL;
  VgJson *backing = NULL;

  if (source->backing != NULL) {
    backing = describe_layer (maker, source->backing, NULL, error);
    if (backing == NULL)
      return FALSE;
  } else if (!source->backing_known) {
    header = ask_header (maker->confine, layer, maker->cancellable, error);
    if (header == NULL)
      return FALSE;
    mark_opened (layer, header);
    widen_slices (layer, header);
    if (!vg_chain_find_named (header, source->path, &named, error))
      return FALSE;
    if (named != NULL) {
      backing = describe_layer (maker, named, source->path, error);
      if (backing == NULL)
        return FALSE;
    }
  }
  vg_json_set_take (layer, "backing", backing);
  return TRUE;
}

static VgJson *
describe_layer (Maker *maker, const VgSource *source, const char *header,
                GError **error)
{
  const char *format = source->format ? source->format : "raw";
  g_autoptr (VgJson) layer = NULL;
  VgJson *file;

  if (maker->depth++ > MAX_DEPTH) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
                 "the backing chain is longer than %d layers", MAX_DEPTH);
    return NULL;
  }
  file = describe_file (maker, source, header, error);
  if (file == NULL)
    return NULL;
  if (g_str_equal (format, "qcow2")
      && !check_data_file (maker, source->path, error)) {
    vg_json_unref (file);
    return NULL;
  }
  layer = json_object_new_object ();
  vg_json_set_string (layer, "driver", format);
  vg_json_set_take (layer, "file", file);
  if (g_strv_contains (layered, format)
      && !add_backing (maker, layer, source, error))
    return NULL;
  return g_steal_pointer (&layer);
}

VgJson *
vg_chain_describe (VgConfine *confine, const VgSource *source,
                   GCancellable *cancellable, GError **error)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Maker maker = { .confine = confine,
                  .cancellable = cancellable,
                  .seen = seen };

  return describe_layer (&maker, source, NULL, error);
}

/* qemu-img doesn't open the backing chain, and rejects its description. */
static VgJson *
ask_first (const VgConfine *confine, VgJson *chain, GCancellable *cancellable,
           GError **error)
{
  g_autoptr (VgJson) layer = json_object_new_object ();

  vg_json_set_string (layer, "driver", vg_json_get_string (chain, "driver"));
  vg_json_set_take (layer, "file",
                    json_object_get (vg_json_get (chain, "file")));
  return ask_header (confine, layer, cancellable, error);
}

static gboolean
needs_key (VgJson *chain)
{
  for (; chain != NULL; chain = vg_chain_get_backing (chain))
    if (json_object_get_userdata (chain) == encrypted)
      return TRUE;
  return FALSE;
}

/* "qemu-img info" tries no keys, and wants none; "map" opens all layers, and
 * reads one block's entry of their tables. */
gboolean
vg_chain_check_keys (const VgConfine *confine, VgJson *chain, GPtrArray *keys,
                     GCancellable *cancellable, GError **error)
{
  static const char *const words[] = { "map", "--output=json", "--force-share",
                                       "--max-length=65536", NULL };
  g_autofree char *out =
      keys->len > 0 || needs_key (chain)
          ? run_qemu_img (confine, words, chain, keys, cancellable, error)
          : g_strdup ("");

  return out != NULL;
}

gboolean
vg_chain_check (const VgConfine *confine, VgJson *chain,
                GCancellable *cancellable, GError **error)
{
  for (; chain != NULL; chain = vg_chain_get_backing (chain)) {
    g_autoptr (VgJson) info = NULL;

    if (is_opened (chain))
      continue;
    info = ask_first (confine, chain, cancellable, error);
    if (info == NULL)
      return FALSE;
    mark_opened (chain, info);
  }
  return TRUE;
}

gboolean
vg_chain_check_snapshot (const VgConfine *confine, VgJson *chain,
                         const char *name, GCancellable *cancellable,
                         GError **error)
{
  g_autoptr (VgJson) info = ask_first (confine, chain, cancellable, error);
  VgJson *list = info != NULL ? vg_json_get_array (info, "snapshots") : NULL;

  if (info == NULL)
    return FALSE;
  for (gsize i = 0; list != NULL && i < json_object_array_length (list); i++) {
    VgJson *snapshot = json_object_array_get_idx (list, i);

    if (g_strcmp0 (vg_json_get_string (snapshot, "name"), name) == 0)
      return TRUE;
  }
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
               "%s has no internal snapshot '%s'", vg_chain_get_path (chain),
               name);
  return FALSE;
}

gboolean
vg_chain_get_size (const VgConfine *confine, VgJson *chain, guint64 *bytes,
                   GCancellable *cancellable, GError **error)
{
  g_autoptr (VgJson) info = ask_first (confine, chain, cancellable, error);

  if (info == NULL)
    return FALSE;
  mark_opened (chain, info);
  *bytes = (guint64) vg_json_get_int (info, "virtual-size", 0);
  return TRUE;
}
