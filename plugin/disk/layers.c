/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The members of QEMU's description of a chain. */
#include "disk/layers.h"

#include "disk/look.h"

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
