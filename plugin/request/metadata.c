/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests in a domain's metadata, one element each. */
#include "request/metadata.h"

#include <string.h>

#include "request/error.h"
#include "request/node.h"
#include "util/text.h"

#define SHOWN 40 /* characters of untrusted input quoted in a message */

VgRequest *
vg_request_parse (const char *xml, GError **error)
{
  g_autoptr (xmlDoc) document = vg_xml_parse (xml, strlen (xml), error);
  g_autoptr (VgRequest) request = NULL;
  g_autofree char *shown = NULL;
  VgRequestPlace place = VG_PLACE_SNAPSHOT;
  xmlNode *root;

  if (document == NULL)
    return NULL;
  root = xmlDocGetRootElement (document);
  shown = vg_text_clean ((const char *) root->name, SHOWN);
  if (strcmp ((const char *) root->name, "backup") == 0) {
    place = VG_PLACE_BACKUP;
  } else if (strcmp ((const char *) root->name, "snapshot") != 0) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX,
                 "unknown request <%s>; it is <snapshot> or <backup>", shown);
    return NULL;
  }
  request = vg_request_read_node (root, place, NULL, error);
  if (request == NULL)
    g_prefix_error (error, "the request <%s>: ", shown);
  return g_steal_pointer (&request);
}
