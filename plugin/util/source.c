/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Creates, frees and describes the layers of a backing chain. */
#include "util/source.h"

static void
free_host (gpointer data)
{
  VgSourceHost *host = data;

  g_free (host->name);
  g_free (host->port);
  g_free (host->socket);
  g_free (host);
}

VgSource *
vg_source_new (VgSourceType type)
{
  VgSource *source = g_new0 (VgSource, 1);

  source->type = type;
  source->hosts = g_ptr_array_new_with_free_func (free_host);
  return source;
}

void
vg_source_free (VgSource *source)
{
  /* A loop instead of recursion: a chain may be long. */
  while (source != NULL) {
    VgSource *next = source->backing;

    g_free (source->type_name);
    g_free (source->format);
    g_free (source->path);
    g_free (source->protocol);
    g_free (source->name);
    g_free (source->snapshot);
    g_free (source->config_file);
    g_ptr_array_unref (source->hosts);
    g_free (source->auth_user);
    g_free (source->secret_type);
    g_free (source->secret_uuid);
    g_free (source->secret_usage);
    g_free (source->pool);
    g_free (source->volume);
    g_free (source->encryption);
    g_free (source->key_uuid);
    g_free (source->key_usage);
    g_free (source);
    source = next;
  }
}

VgSourceHost *
vg_source_add_host (VgSource *source)
{
  VgSourceHost *host = g_new0 (VgSourceHost, 1);

  g_ptr_array_add (source->hosts, host);
  return host;
}

gboolean
vg_source_is_rbd (const VgSource *source)
{
  return source->type == VG_SOURCE_NETWORK
         && g_strcmp0 (source->protocol, "rbd") == 0;
}

const VgSource *
vg_source_find_encrypted (const VgSource *source)
{
  while (source != NULL && source->encryption == NULL)
    source = source->backing;
  return source;
}

char *
vg_source_describe (const VgSource *source)
{
  if (source->path != NULL)
    return g_strdup (source->path);
  if (source->type == VG_SOURCE_NETWORK)
    return g_strdup_printf ("%s:%s",
                            source->protocol ? source->protocol : "network",
                            source->name ? source->name : "");
  if (source->type == VG_SOURCE_VOLUME)
    return g_strdup_printf ("%s/%s", source->pool ? source->pool : "",
                            source->volume ? source->volume : "");
  if (source->type == VG_SOURCE_NONE)
    return g_strdup ("no medium");
  return g_strdup (source->type_name ? source->type_name : "unknown");
}

char *
vg_source_get_monitors (const VgSource *source)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < source->hosts->len; i++) {
    const VgSourceHost *host = g_ptr_array_index (source->hosts, i);

    if (host->name == NULL)
      continue;
    if (text->len > 0)
      g_string_append_c (text, ',');
    g_string_append_printf (text, strchr (host->name, ':') ? "[%s]" : "%s",
                            host->name);
    if (host->port != NULL)
      g_string_append_printf (text, ":%s", host->port);
  }
  return g_string_free (text, text->len == 0);
}
