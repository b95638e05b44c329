/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Untrusted XML into a tree, and small ways to walk it. Private to the room.
 *
 * Everywhere a NULL node is a missing element: the answer is NULL too, so
 * that a path of elements needs no test at each step.
 */
#pragma once

#include <glib.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlParserCtxt, xmlFreeParserCtxt)

/* UTF-8 text of at most VG_DOMAIN_XML_MAX bytes and without a document type
 * declaration. Touches neither network nor files and prints nothing. NULL
 * with VG_DOMAIN_ERROR_XML, which has the line. Free with xmlFreeDoc(). */
xmlDoc *vg_xml_parse (const char *text, gsize length, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The first child element of that name, in no namespace; and the next of the
 * same name and namespace after an element. Borrowed. */
xmlNode *vg_xml_child (xmlNode *node, const char *name);
xmlNode *vg_xml_next (xmlNode *node);

/* Whether node is the element name in a namespace whose URI begins so. */
gboolean vg_xml_is (xmlNode *node, const char *uri, const char *name);

/* The first child element of that name and namespace. Borrowed. */
xmlNode *vg_xml_child_in (xmlNode *node, const char *uri, const char *name);

/* An attribute's value, or an element's text; NULL where there is none or it
 * is empty. Free with g_free(). */
char *vg_xml_attribute (xmlNode *node, const char *name);
char *vg_xml_text (xmlNode *node);

/* Whether the attribute has that value. */
gboolean vg_xml_attribute_is (xmlNode *node, const char *name,
                              const char *value);

/* An element as XML text of its own, with the namespaces that it uses. NULL for
 * NULL. Free with g_free(). */
char *vg_xml_dump (xmlNode *node);
