/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The members of QEMU's description of a chain, and of qemu-img's information
 * on a layer. */
#include "disk/layers.h"

#include "disk/disk.h"
#include "disk/look.h"

/* Formats accepted from a header. They refer to no other files but a backing
 * file, which is checked in turn; a VMDK, for example, may refer to any number.
 */
static const char *const accepted[] = { "raw", "qcow2", "qcow", "qed",
                                        "vdi", "vpc",   "vhdx", NULL };

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

static gboolean
check_named (const char *name, const char *format, const char *path,
             GError **error)
{
  if (format == NULL)
    g_set_error (
        error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
        "%s doesn't state the format of its backing file %s, and probing it is "
        "not safe; set it with 'qemu-img rebase -u -F FORMAT -b %s %s'",
        path, name, name, path);
  else if (!g_strv_contains (accepted, format))
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
                 "%s states that its backing file %s has the format '%s', "
                 "which is not opened because a header says so; name it in a "
                 "<backingStore> of the domain's XML, or convert it to qcow2",
                 path, name, format);
  else if (!g_path_is_absolute (name))
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
                 "the backing file %s of %s can be read only while the domain "
                 "is running; start the domain and try again",
                 name, path);
  else
    return TRUE;
  return FALSE;
}

gboolean
vg_chain_find_named (VgJson *header, const char *path, VgSource **named,
                     GError **error)
{
  const char *name = vg_json_get_string (header, "backing-filename");
  const char *full = vg_json_get_string (header, "full-backing-filename");
  const char *format = vg_json_get_string (header, "backing-filename-format");

  *named = NULL;
  if (name == NULL)
    return TRUE;
  if (full != NULL)
    name = full;
  if (!check_named (name, format, path, error))
    return FALSE;
  *named = vg_source_new (VG_SOURCE_FILE);
  (*named)->path = g_strdup (name);
  (*named)->format = g_strdup (format);
  return TRUE;
}

GPtrArray *
vg_chain_list_files (VgJson *chain)
{
  GPtrArray *files = g_ptr_array_new ();

  for (; chain != NULL; chain = vg_chain_get_backing (chain))
    g_ptr_array_add (files, (char *) vg_chain_get_path (chain));
  return files;
}

/* A file may have two names. */
gboolean
vg_chain_find (const VgConfine *confine, VgJson *chain, const char *path,
               VgJson **layer, GCancellable *cancellable, GError **error)
{
  VgFileFacts facts;

  if (!vg_disk_look (&path, 1, &facts, cancellable, error))
    return FALSE;
  for (; chain != NULL; chain = vg_chain_get_backing (chain)) {
    const char *name = vg_chain_get_path (chain);
    const VgConfineFile *file = vg_confine_find (confine, name);

    if (g_str_equal (name, path)
        || (facts.error == 0 && file->device == facts.device
            && file->inode == facts.inode))
      break;
  }
  *layer = chain;
  return TRUE;
}
