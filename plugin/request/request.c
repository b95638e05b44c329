/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What somebody asked for. */
#include "request/request.h"

#include <string.h>

VgRequest *
vg_request_new (const char *domain)
{
  VgRequest *request = g_new0 (VgRequest, 1);

  request->domain = g_strdup (domain);
  return request;
}

void
vg_request_free (VgRequest *request)
{
  if (request == NULL)
    return;
  g_free (request->order);
  g_free (request->domain);
  g_free (request->backup_type);
  g_free (request->from);
  g_free (request->name);
  g_free (request->store);
  g_free (request->format);
  g_free (request->compress);
  g_strfreev (request->disks);
  g_strfreev (request->mountpoints);
  g_strfreev (request->properties);
  g_strfreev (request->tags);
  g_free (request->visibility);
  g_free (request->quiesce);
  g_free (request->encrypted);
  g_free (request->owner);
  g_free (request);
}

static const char *const quiesce_words[] = { "auto", "require", "never", NULL };

static gboolean
find_word (const char *const *words, const char *text, guint *number)
{
  for (guint i = 0; words[i] != NULL; i++)
    if (strcmp (words[i], text) == 0) {
      *number = i;
      return TRUE;
    }
  return FALSE;
}

gboolean
vg_quiesce_from_string (const char *text, VgQuiesce *quiesce)
{
  guint number;

  if (!find_word (quiesce_words, text, &number))
    return FALSE;
  *quiesce = (VgQuiesce) number;
  return TRUE;
}

const char *
vg_quiesce_to_string (VgQuiesce quiesce)
{
  return quiesce_words[quiesce];
}

gboolean
vg_encrypted_from_string (const char *text, VgEncrypted *encrypted)
{
  static const char *const words[] = { "refuse", "keep", "decrypt", NULL };
  guint number;

  if (!find_word (words, text, &number))
    return FALSE;
  *encrypted = (VgEncrypted) number;
  return TRUE;
}

VgQuiesce
vg_request_get_quiesce (const VgRequest *request, const VgConfig *config)
{
  const char *word = request->quiesce ? request->quiesce : config->quiesce;
  VgQuiesce quiesce = VG_QUIESCE_AUTO;

  vg_quiesce_from_string (word, &quiesce);
  return quiesce;
}

VgEncrypted
vg_request_get_encrypted (const VgRequest *request)
{
  VgEncrypted encrypted = VG_ENCRYPTED_REFUSE;

  if (request->encrypted != NULL)
    vg_encrypted_from_string (request->encrypted, &encrypted);
  return encrypted;
}

gboolean
vg_request_is_owner_self (const VgRequest *request, const VgConfig *config)
{
  return request->owner != NULL ? strcmp (request->owner, "self") == 0
                                : config->owner_self;
}
