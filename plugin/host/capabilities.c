/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In a <secmodel> of the host, a <baselabel> for each type of domain follows
 * the <model>. DAC's are the same for all types of QEMU. */
#include "host/capabilities.h"

#include <string.h>

typedef struct {
  gboolean dac;  /* inside of the <secmodel> of that model */
  GString *text; /* of the present element */
  char *label;
} Search;

static void
on_start (GMarkupParseContext *context G_GNUC_UNUSED, const char *element,
          const char **names G_GNUC_UNUSED, const char **values G_GNUC_UNUSED,
          gpointer data, GError **error G_GNUC_UNUSED)
{
  Search *search = data;

  g_string_truncate (search->text, 0);
  if (strcmp (element, "secmodel") == 0)
    search->dac = FALSE;
}

static void
on_text (GMarkupParseContext *context G_GNUC_UNUSED, const char *text,
         gsize length, gpointer data, GError **error G_GNUC_UNUSED)
{
  g_string_append_len (((Search *) data)->text, text, (gssize) length);
}

static void
on_end (GMarkupParseContext *context G_GNUC_UNUSED, const char *element,
        gpointer data, GError **error G_GNUC_UNUSED)
{
  Search *search = data;

  if (strcmp (element, "model") == 0)
    search->dac = strcmp (search->text->str, "dac") == 0;
  else if (strcmp (element, "secmodel") == 0)
    search->dac = FALSE;
  else if (strcmp (element, "baselabel") == 0 && search->dac
           && search->label == NULL && search->text->len > 0)
    search->label = g_strdup (search->text->str);
}

gboolean
vg_capabilities_find_base_label (const char *xml, char **label, GError **error)
{
  static const GMarkupParser parser = { .start_element = on_start,
                                        .end_element = on_end,
                                        .text = on_text };
  Search search = { .text = g_string_new (NULL) };
  GMarkupParseContext *context =
      g_markup_parse_context_new (&parser, 0, &search, NULL);
  gboolean ok = g_markup_parse_context_parse (context, xml, -1, error)
                && g_markup_parse_context_end_parse (context, error);

  g_markup_parse_context_free (context);
  g_string_free (search.text, TRUE);
  *label = NULL;
  if (ok)
    *label = g_steal_pointer (&search.label);
  g_free (search.label);
  return ok;
}
