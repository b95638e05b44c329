/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses untrusted XML into a tree. libxml2 gets text that was checked to be
 * UTF-8, and is told so: no converter runs, whatever encoding the XML declares.
 * Parsing stops at a document type declaration: no entities are expanded or
 * fetched. libxml2's limits on depth and length stay on. Its messages are
 * returned in the GError and never go to stderr. */
#include "domain/xml.h"

#include <string.h>

#include "domain/domain.h"
#include "util/text.h"

/* libxml2 up to 2.11 compares each attribute of an element with all its others,
 * and every version compares an element's prefix with all namespaces in scope:
 * a megabyte of them takes a minute. So longer texts are checked first.
 * libvirt's elements have fewer than ten attributes. */
#define CROWDS_UNCHECKED ((gsize) 64 << 10) /* bytes; harmless below */
#define NAMESPACES_MAX 256
#define ATTRIBUTES_MAX "64"
static const char too_many_attributes[] =
    "<[^\\s<>]++"
    "(?:\\s++[^\\s=<>]++\\s*+=\\s*+(?:\"[^\"<]*+\"|'[^'<]*+'))"
    "{" ATTRIBUTES_MAX "}\\s++[^\\s=<>]++\\s*+=";

/* libxml2's first error. */
typedef struct {
  char *message;
  int line;
  gboolean has_doctype;
} Complaint;

static void G_GNUC_PRINTF (2, 3)
    note_error (void *data, const char *format G_GNUC_UNUSED, ...)
{
  xmlParserCtxt *context = data;
  Complaint *complaint = context->_private;
  const xmlError *last = xmlCtxtGetLastError (context);

  if (complaint->message != NULL || last == NULL || last->message == NULL)
    return;
  complaint->line = last->line;
  complaint->message = g_strchomp (g_strdup (last->message));
}

static void
refuse_doctype (void *data, const xmlChar *name G_GNUC_UNUSED,
                const xmlChar *external_id G_GNUC_UNUSED,
                const xmlChar *system_id G_GNUC_UNUSED)
{
  xmlParserCtxt *context = data;
  Complaint *complaint = context->_private;

  complaint->has_doctype = TRUE;
  xmlStopParser (context);
}

static gboolean
check_text (const char *text, gsize length, GError **error)
{
  const char *end;

  if (length == 0) {
    g_set_error_literal (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
                         "the domain XML is empty");
    return FALSE;
  }
  if (length > VG_DOMAIN_XML_MAX) {
    g_autofree char *size = vg_text_format_size (length);
    g_autofree char *limit = vg_text_format_size (VG_DOMAIN_XML_MAX);

    g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
                 "the domain XML is too long: %s; the limit is %s", size,
                 limit);
    return FALSE;
  }
  if (!g_utf8_validate_len (text, length, &end)) {
    g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
                 "the domain XML has a byte at line %u that is not UTF-8 text "
                 "(0x%02x); libvirt writes UTF-8",
                 vg_text_find_line (text, end), (guint8) *end);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_namespaces (const char *text, gsize length, GError **error)
{
  const char *end = text + length;
  const char *place = text;
  guint n = 0;

  while ((place = g_strstr_len (place, end - place, "xmlns"))) {
    place++;
    if (++n <= NAMESPACES_MAX)
      continue;
    g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
                 "the domain XML declares more than %d namespaces",
                 NAMESPACES_MAX);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_attributes (const char *text, gsize length, GError **error)
{
  g_autoptr (GRegex) regex = NULL;
  g_autoptr (GMatchInfo) match = NULL;
  int start;

  regex = g_regex_new (too_many_attributes, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0,
                       error);
  if (regex == NULL)
    return FALSE;
  if (!g_regex_match_full (regex, text, (gssize) length, 0, 0, &match, NULL)
      || !g_match_info_fetch_pos (match, 0, &start, NULL))
    return TRUE;
  g_set_error (
      error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
      "the domain XML has an element at line %u with more than " ATTRIBUTES_MAX
      " attributes",
      vg_text_find_line (text, text + start));
  return FALSE;
}

static gboolean
check_crowds (const char *text, gsize length, GError **error)
{
  return length <= CROWDS_UNCHECKED
         || (check_namespaces (text, length, error)
             && check_attributes (text, length, error));
}

static void
set_complaint (GError **error, const Complaint *complaint)
{
  g_autofree char *message = vg_text_clean (
      complaint->message ? complaint->message : "it can't be read", 160);

  if (complaint->has_doctype)
    g_set_error_literal (
        error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
        "the domain XML has a document type declaration (<!DOCTYPE), which "
        "libvirt never writes; it is refused");
  else
    g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
                 "the domain XML is not well-formed at line %d: %s",
                 complaint->line, message);
}

xmlDoc *
vg_xml_parse (const char *text, gsize length, GError **error)
{
  g_autoptr (xmlParserCtxt) context = NULL;
  g_autoptr (xmlDoc) document = NULL;
  g_autofree char *message = NULL;
  Complaint complaint = { 0 };

  if (!check_text (text, length, error) || !check_crowds (text, length, error))
    return NULL;
  xmlInitParser ();
  context = xmlNewParserCtxt ();
  if (context == NULL)
    g_error ("out of memory");
  context->_private = &complaint;
  context->sax->error = note_error;
  context->sax->internalSubset = refuse_doctype;
  document = xmlCtxtReadMemory (context, text, (int) length, NULL, "UTF-8",
                                XML_PARSE_NONET | XML_PARSE_NOWARNING
                                    | XML_PARSE_IGNORE_ENC);
  message = complaint.message;
  if (complaint.has_doctype || xmlDocGetRootElement (document) == NULL) {
    set_complaint (error, &complaint);
    return NULL;
  }
  return g_steal_pointer (&document);
}

gboolean
vg_xml_is (xmlNode *node, const char *uri, const char *name)
{
  if (node == NULL || node->type != XML_ELEMENT_NODE
      || g_strcmp0 ((const char *) node->name, name) != 0)
    return FALSE;
  if (uri == NULL || node->ns == NULL || node->ns->href == NULL)
    return uri == NULL && node->ns == NULL;
  return g_str_has_prefix ((const char *) node->ns->href, uri);
}

static xmlNode *
find_element_from (xmlNode *node, const char *uri, const char *name)
{
  for (; node != NULL; node = node->next)
    if (vg_xml_is (node, uri, name))
      return node;
  return NULL;
}

xmlNode *
vg_xml_child_in (xmlNode *node, const char *uri, const char *name)
{
  return node == NULL ? NULL : find_element_from (node->children, uri, name);
}

xmlNode *
vg_xml_child (xmlNode *node, const char *name)
{
  return vg_xml_child_in (node, NULL, name);
}

xmlNode *
vg_xml_next (xmlNode *node)
{
  const char *uri = NULL;

  if (node == NULL)
    return NULL;
  if (node->ns != NULL)
    uri = (const char *) node->ns->href;
  return find_element_from (node->next, uri, (const char *) node->name);
}

/* Takes ownership of libxml2's string; returns a GLib one. */
static char *
to_glib_string (xmlChar *text)
{
  char *copy = NULL;

  if (text != NULL && *text != '\0')
    copy = g_strdup ((const char *) text);
  xmlFree (text);
  return copy;
}

char *
vg_xml_attribute (xmlNode *node, const char *name)
{
  if (node == NULL)
    return NULL;
  return to_glib_string (xmlGetNoNsProp (node, (const xmlChar *) name));
}

char *
vg_xml_text (xmlNode *node)
{
  return node == NULL ? NULL : to_glib_string (xmlNodeGetContent (node));
}

gboolean
vg_xml_attribute_is (xmlNode *node, const char *name, const char *value)
{
  g_autofree char *text = vg_xml_attribute (node, name);

  return g_strcmp0 (text, value) == 0;
}

char *
vg_xml_dump (xmlNode *node)
{
  g_autoptr (xmlDoc) document = NULL;
  xmlChar *text = NULL;
  xmlNode *copy;
  int length;
  char *dump;

  if (node == NULL)
    return NULL;
  document = xmlNewDoc (BAD_CAST "1.0");
  /* Declares the namespaces of its former ancestors in the copy. */
  copy = xmlDocCopyNode (node, document, 1);
  xmlDocSetRootElement (document, copy);
  xmlDocDumpMemory (document, &text, &length);
  dump = g_strndup ((const char *) text, (gsize) length);
  xmlFree (text);
  return dump;
}
