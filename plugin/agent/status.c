/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The status element. */
#include "agent/status.h"

#include "request/metadata.h"
#include "host/metadata.h"
#include "util/text.h"

/* The namespace's prefix in libvirt's XML; the name is arbitrary. */
#define KEY "glance"

static const char *const state_names[] = { "waiting", "running", "done",
                                           "failed", "skipped" };

static void
add_attribute (GString *xml, const char *name, const char *value)
{
  g_autofree char *clean = NULL;
  g_autofree char *escaped = NULL;

  if (value == NULL)
    return;
  clean = vg_text_clean (value, 0);
  escaped = g_markup_printf_escaped (" %s='%s'", name, clean);
  g_string_append (xml, escaped);
}

static void
add_image (GString *xml, const VgJobImage *image)
{
  g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, image->size);

  g_string_append (xml, "<image");
  add_attribute (xml, "id", image->id);
  add_attribute (xml, "name", image->name);
  add_attribute (xml, "disk", image->disk);
  add_attribute (xml, "store", image->store);
  add_attribute (xml, "rule", image->rule);
  add_attribute (xml, "size", size);
  g_string_append (xml, "/>");
}

char *
vg_status_to_xml (const VgStatus *status)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");
  g_autofree char *percent = g_strdup_printf ("%d", status->percent);
  GString *xml = g_string_new ("<status");

  add_attribute (xml, "state", state_names[status->state]);
  add_attribute (xml, "time", time);
  add_attribute (xml, "order", status->order);
  add_attribute (xml, "job", status->job);
  if (status->percent >= 0)
    add_attribute (xml, "progress", percent);
  g_string_append_c (xml, '>');
  for (guint i = 0; status->journal && i < status->journal->images->len; i++)
    add_image (xml, status->journal->images->pdata[i]);
  if (status->text != NULL) {
    const char *name = status->state == VG_STATUS_SKIPPED ? "reason" : "error";
    g_autofree char *clean = vg_text_clean (status->text, VG_TEXT_MESSAGE);
    g_autofree char *element =
        g_markup_printf_escaped ("<%s>%s</%s>", name, clean, name);

    g_string_append (xml, element);
  }
  g_string_append (xml, "</status>");
  return g_string_free (xml, FALSE);
}

gboolean
vg_status_put (VgGuest *guest, const VgStatus *status, GError **error)
{
  g_autofree char *xml = vg_status_to_xml (status);

  return vg_guest_set_metadata (guest, KEY, VG_STATUS_URI, xml, error);
}
