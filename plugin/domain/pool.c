/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the directory of a storage pool. */
#include "domain/pool.h"

#include <string.h>

#include "domain/xml.h"
#include "util/text.h"

#define MAX_SHOWN 80

char *
vg_pool_get_directory (const char *xml, const char *name, GError **error)
{
  static const char *const types[] = { "dir", "fs", "netfs", NULL };
  g_autoptr (xmlDoc) document = vg_xml_parse (xml, strlen (xml), error);
  xmlNode *root = xmlDocGetRootElement (document);
  g_autofree char *type = vg_xml_attribute (root, "type");
  g_autofree char *path = NULL;
  g_autofree char *shown = vg_text_clean (name, MAX_SHOWN);

  if (document == NULL)
    return NULL;
  path = vg_xml_text (vg_xml_child (vg_xml_child (root, "target"), "path"));
  if (type != NULL && g_strv_contains (types, type) && path != NULL
      && g_path_is_absolute (path))
    return g_steal_pointer (&path);
  g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
               "storage pool %s is of type '%s', and only pools of files in a "
               "directory (dir, fs, netfs) can take disks here; use another "
               "one, or --directory",
               shown, type != NULL ? type : "unknown");
  return NULL;
}
