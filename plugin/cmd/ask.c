/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options by which a user says what snapshot is wanted. */
#include "cmd/ask.h"

#include <stdio.h>

#include "cmd/status.h"
#include "image/image.h"
#include "plan/format.h"
#include "plan/plan.h"
#include "plan/image-record.h"
#include "util/text.h"
#include "request/error.h"
#include "request/check.h"

#define OWNER_INSTANCE "instance"
#define OWNER_SELF "self"

void
vg_ask_clear (VgAsk *ask)
{
  g_free (ask->store);
  g_free (ask->format);
  g_free (ask->compress);
  g_free (ask->quiesce);
  g_strfreev (ask->mountpoints);
  g_free (ask->encrypted);
  g_strfreev (ask->disks);
  g_free (ask->owner);
  g_free (ask->visibility);
  g_strfreev (ask->properties);
  g_strfreev (ask->tags);
}

/* Values are taken as the bytes they are, whatever the locale: GLib would turn
 * a G_OPTION_ARG_STRING into UTF-8, which fails in the C locale. */
GOptionEntry *
vg_ask_get_options (VgAsk *ask)
{
  const GOptionEntry entries[] = {
    { "store", 0, 0, G_OPTION_ARG_FILENAME, &ask->store,
      "put the image into that store", "STORE" },
    { "disk", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &ask->disks,
      "of that disk instead of the root disk; may be repeated", "TARGET" },
    { "all-disks", 0, 0, G_OPTION_ARG_NONE, &ask->all_disks,
      "of all disks, one image each", NULL },
    { "format", 0, 0, G_OPTION_ARG_FILENAME, &ask->format,
      "the image's format: raw or qcow2", "FORMAT" },
    { "compress", 0, 0, G_OPTION_ARG_FILENAME, &ask->compress,
      "compress a qcow2 image: none, zlib or zstd", "TYPE" },
    { "quiesce", 0, 0, G_OPTION_ARG_FILENAME, &ask->quiesce,
      "freeze file systems by the guest agent: auto, require or never",
      "WHEN" },
    { "mountpoint", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &ask->mountpoints,
      "freeze the guest's file system there, not all; may be repeated",
      "PATH" },
    { "encrypted", 0, 0, G_OPTION_ARG_FILENAME, &ask->encrypted,
      "encrypted disks: refuse, keep (the ciphertext) or decrypt", "WHAT" },
    { "property", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &ask->properties,
      "set a property of the image; may be repeated", "KEY=VALUE" },
    { "tag", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &ask->tags,
      "give the image that tag; may be repeated", "TAG" },
    { "protected", 0, 0, G_OPTION_ARG_NONE, &ask->protect,
      "protect the image from being deleted", NULL },
    { "owner", 0, 0, G_OPTION_ARG_FILENAME, &ask->owner,
      "whose the image is: instance (of its project) or self", "WHO" },
    { "visibility", 0, 0, G_OPTION_ARG_FILENAME, &ask->visibility,
      "who sees the image: private, shared, community or public", "WHO" },
    { NULL },
  };

  return g_memdup2 (entries, sizeof entries);
}

static gboolean
check_words (const VgAsk *ask, GError **error)
{
  VgImageFormat format;

  if (ask->all_disks && ask->disks != NULL) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "--all-disks and --disk exclude each other");
    return FALSE;
  }
  if (ask->format != NULL
      && !vg_image_format_from_string (ask->format, &format)) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "--format is raw or qcow2, not '%s'", ask->format);
    return FALSE;
  }
  if (ask->owner != NULL && !g_str_equal (ask->owner, OWNER_INSTANCE)
      && !g_str_equal (ask->owner, OWNER_SELF)) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "--owner is " OWNER_INSTANCE " or " OWNER_SELF ", not '%s'",
                 ask->owner);
    return FALSE;
  }
  if (ask->compress != NULL
      && !vg_request_check_compression (ask->compress, "--compress", error))
    return FALSE;
  for (char **tag = ask->tags; tag != NULL && *tag != NULL; tag++)
    if (!vg_request_check_tag (*tag, error))
      return FALSE;
  return ask->visibility == NULL
         || vg_request_check_visibility (ask->visibility, error);
}

VgRequest *
vg_ask_to_request (const VgAsk *ask, const VgConfig *config, const char *domain,
                   const char *name, GError **error)
{
  g_autoptr (VgRequest) request = vg_request_new (domain);
  VgQuiesce quiesce;
  VgEncrypted encrypted;

  if (!check_words (ask, error))
    return NULL;
  if (ask->quiesce != NULL
      && !vg_quiesce_from_string (ask->quiesce, &quiesce)) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "--quiesce is auto, require or never, not '%s'", ask->quiesce);
    return NULL;
  }
  if (ask->encrypted != NULL
      && !vg_encrypted_from_string (ask->encrypted, &encrypted)) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "--encrypted is refuse, keep or decrypt, not '%s'",
                 ask->encrypted);
    return NULL;
  }
  request->quiesce = g_strdup (ask->quiesce);
  if (ask->mountpoints != NULL
      && vg_request_get_quiesce (request, config) == VG_QUIESCE_NEVER) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "--mountpoint is for --quiesce auto or require, not never");
    return NULL;
  }
  if (name != NULL && !vg_request_check_name (name, error))
    return NULL;
  request->encrypted = g_strdup (ask->encrypted);
  request->mountpoints = g_strdupv (ask->mountpoints);
  request->name = g_strdup (name);
  request->store = g_strdup (ask->store);
  request->format = g_strdup (ask->format);
  request->compress = g_strdup (ask->compress);
  request->disks = g_strdupv (ask->disks);
  request->all_disks = ask->all_disks;
  request->properties = g_strdupv (ask->properties);
  request->tags = g_strdupv (ask->tags);
  request->visibility = g_strdup (ask->visibility);
  request->protect = ask->protect;
  request->owner = g_strdup (ask->owner);
  return g_steal_pointer (&request);
}

int
vg_ask_set_rate (const char *limit, VgConfig *config)
{
  g_autofree char *shown = NULL;

  if (limit == NULL || vg_text_parse_size (limit, &config->upload_rate))
    return VG_EXIT_SUCCESS;
  shown = vg_text_clean (limit, 40);
  fprintf (stderr,
           "virt-glance: --limit-rate is in bytes a second, maybe with a "
           "suffix k, M, G or T, not '%s'\n",
           shown);
  return VG_EXIT_USAGE;
}
