/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses untrusted XML into a tree; helpers to walk the tree. Private to the
 * room.
 *
 * All functions accept a NULL node, a missing element, and return NULL for it,
 * so that callers can follow a path of elements without a test at each step.
 */
#pragma once

#include <glib.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlParserCtxt, xmlFreeParserCtxt)

/* text: UTF-8, at most VG_DOMAIN_XML_MAX bytes, without a document type
 * declaration. Accesses neither network nor files and prints nothing. NULL with
 * VG_DOMAIN_ERROR_XML, whose message has the line. Free with xmlFreeDoc(). */
xmlDoc *vg_xml_parse (const char *text, gsize length, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The first child element of that name, without a namespace; and the next
 * element after node with the same name and namespace. Borrowed. */
xmlNode *vg_xml_child (xmlNode *node, const char *name);
xmlNode *vg_xml_next (xmlNode *node);

/* Whether node is an element of that name, in a namespace whose URI begins with
 * uri. */
gboolean vg_xml_is (xmlNode *node, const char *uri, const char *name);

/* The first child element of that name, in a namespace whose URI begins with
 * uri. Borrowed. */
xmlNode *vg_xml_child_in (xmlNode *node, const char *uri, const char *name);

/* An attribute's value, or an element's text; NULL if missing or empty. Free
 * with g_free(). */
char *vg_xml_attribute (xmlNode *node, const char *name);
char *vg_xml_text (xmlNode *node);

/* Whether the attribute has that value. */
gboolean vg_xml_attribute_is (xmlNode *node, const char *name,
                              const char *value);

/* The element as an XML document with the namespaces that it uses. NULL for
 * NULL. Free with g_free(). */
char *vg_xml_dump (xmlNode *node);
