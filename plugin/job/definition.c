/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "1:" and the XML, compressed by zlib, in base64. A number other than 1 is of
 * a later version. */
#include "job/definition.h"

#include <string.h>

#include "domain/definition.h"
#include "util/text.h"

#define PREFIX "1:"
#define LEVEL 9
#define XML_MAX ((gsize) 1 << 20) /* bytes; compressed bombs are larger */
#define STEP ((gsize) 64 << 10)   /* bytes */

/* NULL: it is not what it should be, or longer than max bytes. */
static GByteArray *
convert (GConverter *converter, const guint8 *bytes, gsize n, gsize max)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  gsize done = 0, used = 0;
  GConverterResult result = G_CONVERTER_CONVERTED;

  while (result != G_CONVERTER_FINISHED) {
    gsize read = 0, written = 0;

    if (done >= max)
      return NULL;
    g_byte_array_set_size (out, (guint) (done + STEP));
    result = g_converter_convert (
        converter, bytes + used, n - used, out->data + done, STEP,
        G_CONVERTER_INPUT_AT_END, &read, &written, NULL);
    if (result == G_CONVERTER_ERROR)
      return NULL;
    used += read;
    done += written;
  }
  g_byte_array_set_size (out, (guint) done);
  return g_steal_pointer (&out);
}

char *
vg_definition_pack (const char *xml)
{
  g_autoptr (GZlibCompressor) zlib =
      g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, LEVEL);
  g_autoptr (GByteArray) packed =
      convert (G_CONVERTER (zlib), (const guint8 *) xml, strlen (xml),
               VG_DEFINITION_MAX);
  g_autofree char *text =
      packed != NULL ? g_base64_encode (packed->data, packed->len) : NULL;

  if (text == NULL || strlen (text) + strlen (PREFIX) > VG_DEFINITION_MAX)
    return NULL;
  return g_strconcat (PREFIX, text, NULL);
}

static gboolean
throw_unread (const char *why, GError **error)
{
  g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
               "the definition that is kept with the image can't be read: %s",
               why);
  return FALSE;
}

static gboolean
check_value (const char *value, GError **error)
{
  if (!g_str_has_prefix (value, PREFIX))
    return throw_unread ("it is not of this version of virt-glance", error);
  if (strlen (value) > VG_DEFINITION_MAX)
    return throw_unread ("it is too long", error);
  return TRUE;
}

char *
vg_definition_unpack (const char *value, GError **error)
{
  g_autoptr (GZlibDecompressor) zlib =
      g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB);
  g_autoptr (GByteArray) xml = NULL;
  g_autofree guchar *packed = NULL;
  gsize n;

  if (!check_value (value, error))
    return NULL;
  packed = g_base64_decode (value + strlen (PREFIX), &n);
  if (n > 0)
    xml = convert (G_CONVERTER (zlib), packed, n, XML_MAX);
  if (xml == NULL
      || !g_utf8_validate_len ((const char *) xml->data, xml->len, NULL)) {
    throw_unread ("it is not compressed XML of up to 1 MiB", error);
    return NULL;
  }
  return g_strndup ((const char *) xml->data, xml->len);
}

static gboolean
is_wanted (const VgJob *job, const VgPlanSources *sources)
{
  const char *keep = job->config->keep_definition;
  const char *visibility = job->request->visibility;

  if (g_str_equal (keep, "never") || sources->domain->is_nova
      || !sources->persistent || sources->savepoint != NULL)
    return FALSE;
  if (visibility != NULL && !g_str_equal (visibility, "private"))
    return FALSE;
  return g_str_equal (keep, "always") || job->request->backup_type != NULL;
}

/* A backup without it is better than none. */
char *
vg_definition_keep (const VgJob *job, const VgPlanSources *sources,
                    GPtrArray *warnings)
{
  g_autoptr (GError) why = NULL;
  g_autofree char *all = NULL, *xml = NULL;
  char *value = NULL;

  if (!is_wanted (job, sources))
    return NULL;
  all = vg_guest_get_definition (job->peers.guest, &why);
  if (all != NULL)
    xml = vg_definition_clean (all, &why);
  if (xml != NULL)
    value = vg_definition_pack (xml);
  if (why != NULL)
    g_ptr_array_add (warnings,
                     g_strdup_printf ("the domain's definition isn't kept with "
                                      "the image: %s",
                                      why->message));
  else if (value == NULL)
    g_ptr_array_add (
        warnings,
        g_strdup_printf ("the definition of domain %s isn't kept with the "
                         "image: it is longer than %u bytes even when it is "
                         "compressed; keep 'virsh dumpxml --inactive' of it "
                         "elsewhere",
                         sources->domain->name, (guint) VG_DEFINITION_MAX));
  return value;
}
