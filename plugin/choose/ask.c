/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All of it was written by strangers: it is compared and copied within bounds.
 */
#include "choose/ask.h"

#include <string.h>

#include "util/secret.h"
#include "util/text.h"

#define IMAGES "/v2/images/"
#define FILE_END "/file"
#define UUID_LENGTH 36
#define MAX_TOKEN 16384 /* bytes; Keystone's have some hundreds */
#define MAX_VALUE 1024  /* bytes of another header */
#define MAX_REQUEST_ID 64

/* The first of two headers that is there, or fallback. */
static const char *
get_told (VgAskHeader get, gpointer headers, const char *first,
          const char *second, const char *fallback)
{
  const char *value = get (headers, first);

  if (value == NULL)
    value = get (headers, second);
  return value != NULL ? value : fallback;
}

/* The image's id if the path is that of an image's data; else NULL. */
static char *
find_image (const char *path)
{
  const char *id = strstr (path, IMAGES);
  g_autofree char *image = NULL;
  const char *end;

  if (id == NULL)
    return NULL;
  id += strlen (IMAGES);
  if (strnlen (id, UUID_LENGTH) < UUID_LENGTH)
    return NULL;
  image = g_strndup (id, UUID_LENGTH);
  end = id + UUID_LENGTH;
  if (!vg_text_is_uuid (image) || !g_str_has_prefix (end, FILE_END))
    return NULL;
  end += strlen (FILE_END);
  return *end == '\0' || *end == '?' ? g_steal_pointer (&image) : NULL;
}

/* A copy of the header, up to max bytes of it; NULL if there is none or it is
 * empty. */
static char *
copy (VgAskHeader get, gpointer headers, const char *name, gsize max)
{
  const char *value = get (headers, name);

  return value != NULL && *value != '\0' ? g_strndup (value, max) : NULL;
}

/* Longer ones aren't anybody's, and are not sent on. */
static char *
copy_token (VgAskHeader get, gpointer headers, const char *name)
{
  const char *value = get (headers, name);

  return value != NULL && *value != '\0' && strlen (value) <= MAX_TOKEN
             ? g_strdup (value)
             : NULL;
}

static char *
copy_request_id (VgAskHeader get, gpointer headers)
{
  const char *value = get (headers, "X-OpenStack-Request-ID");

  if (value == NULL || *value == '\0' || strlen (value) > MAX_REQUEST_ID
      || strspn (value, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-")
             < strlen (value))
    return NULL;
  return g_strdup (value);
}

VgAsk *
vg_ask_new (const char *method, const char *path, VgAskHeader get,
            gpointer headers)
{
  VgAsk *ask = g_new0 (VgAsk, 1);
  const char *accept = get (headers, "Accept");

  method = get_told (get, headers, "X-Forwarded-Method", "X-Original-Method",
                     method);
  path = get_told (get, headers, "X-Forwarded-Uri", "X-Original-URI", path);
  if (strcmp (method, "PUT") != 0)
    return ask;
  ask->image = find_image (path);
  ask->upload = ask->image != NULL;
  if (!ask->upload)
    return ask;
  ask->client_store = copy (get, headers, "X-Image-Meta-Store", MAX_VALUE);
  ask->base_ref = copy (get, headers, "X-OpenStack-Base-Image-Ref", MAX_VALUE);
  ask->token = copy_token (get, headers, "X-Auth-Token");
  ask->service_token = copy_token (get, headers, "X-Service-Token");
  ask->request_id = copy_request_id (get, headers);
  ask->json = accept != NULL && strstr (accept, "application/json") != NULL;
  return ask;
}

void
vg_ask_free (VgAsk *ask)
{
  if (ask == NULL)
    return;
  g_free (ask->image);
  g_free (ask->client_store);
  g_free (ask->base_ref);
  vg_secret_free (ask->token);
  vg_secret_free (ask->service_token);
  g_free (ask->request_id);
  g_free (ask);
}
