/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests in memory, based on the table of options. */
#include "request/options.h"

#include <string.h>

VgRequest *
vg_request_new (const char *domain)
{
  VgRequest *request = g_new0 (VgRequest, 1);
  guint n;
  const VgRequestOption *options = vg_request_options (&n);

  request->domain = g_strdup (domain);
  for (guint i = 0; i < n; i++)
    if (vg_request_option_get_type (&options[i]) == VG_FIELD_NUMBER)
      *vg_request_option_get_field (&options[i], request).number =
          VG_REQUEST_UNSAID;
  return request;
}

void
vg_request_free (VgRequest *request)
{
  guint n;
  const VgRequestOption *options = vg_request_options (&n);

  if (request == NULL)
    return;
  for (guint i = 0; i < n; i++) {
    VgFieldType type = vg_request_option_get_type (&options[i]);
    VgField field = vg_request_option_get_field (&options[i], request);

    if (type == VG_FIELD_TEXT)
      g_free (*field.text);
    else if (type == VG_FIELD_LIST)
      g_strfreev (*field.list);
  }
  g_free (request->order);
  g_free (request->domain);
  g_free (request);
}

static void
copy_option (VgRequest *request, const VgRequest *from,
             const VgRequestOption *option)
{
  VgField into = vg_request_option_get_field (option, request);
  VgField field = vg_request_option_get_field (option, from);

  switch (vg_request_option_get_type (option)) {
  case VG_FIELD_TEXT:
    *into.text = g_strdup (*field.text);
    break;
  case VG_FIELD_LIST:
    *into.list = g_strdupv (*field.list);
    break;
  case VG_FIELD_FLAG:
    *into.flag = *field.flag;
    break;
  case VG_FIELD_NUMBER:
    *into.number = *field.number;
    break;
  }
}

/* Whether the request sets the option or its rival. */
static gboolean
decides_option (const VgRequest *request, const VgRequestOption *options,
                guint n, const VgRequestOption *option)
{
  if (vg_request_option_is_said (option, request))
    return TRUE;
  for (guint i = 0; option->rival != 0 && i < n; i++)
    if (options[i].offset == option->rival)
      return vg_request_option_is_said (&options[i], request);
  return FALSE;
}

void
vg_request_merge (VgRequest *request, const VgRequest *below)
{
  guint n;
  const VgRequestOption *options = vg_request_options (&n);
  g_autofree gboolean *open = g_new0 (gboolean, n);

  /* Computed before copying: a copied option may be the rival of a later one.
   */
  for (guint i = 0; i < n; i++)
    open[i] = !decides_option (request, options, n, &options[i])
              && vg_request_option_is_said (&options[i], below);
  for (guint i = 0; i < n; i++)
    if (open[i])
      copy_option (request, below, &options[i]);
}

gboolean
vg_request_has_retention (const VgRequest *request)
{
  return request->rotation != VG_REQUEST_UNSAID
         || request->keep_daily != VG_REQUEST_UNSAID
         || request->keep_weekly != VG_REQUEST_UNSAID
         || request->keep_monthly != VG_REQUEST_UNSAID;
}

void
vg_request_clear_retention (VgRequest *request)
{
  request->rotation = VG_REQUEST_UNSAID;
  request->keep_daily = VG_REQUEST_UNSAID;
  request->keep_weekly = VG_REQUEST_UNSAID;
  request->keep_monthly = VG_REQUEST_UNSAID;
}

static const char *const quiesce_words[] = {
  [VG_QUIESCE_AUTO] = "auto",
  [VG_QUIESCE_REQUIRE] = "require",
  [VG_QUIESCE_NEVER] = "never",
};

const char *
vg_quiesce_to_string (VgQuiesce quiesce)
{
  return quiesce_words[quiesce];
}

/* word is already checked. */
static guint
find_word (const char *const *words, guint n, const char *word)
{
  for (guint i = 0; i < n; i++)
    if (g_strcmp0 (words[i], word) == 0)
      return i;
  return 0;
}

VgQuiesce
vg_request_get_quiesce (const VgRequest *request, const VgConfig *config)
{
  return (VgQuiesce) find_word (quiesce_words, G_N_ELEMENTS (quiesce_words),
                                request->quiesce != NULL ? request->quiesce
                                                         : config->quiesce);
}

VgEncrypted
vg_request_get_encrypted (const VgRequest *request)
{
  static const char *const words[] = {
    [VG_ENCRYPTED_REFUSE] = "refuse",
    [VG_ENCRYPTED_KEEP] = "keep",
    [VG_ENCRYPTED_DECRYPT] = "decrypt",
  };

  return (VgEncrypted) find_word (words, G_N_ELEMENTS (words),
                                  request->encrypted);
}

gboolean
vg_request_is_owner_self (const VgRequest *request, const VgConfig *config)
{
  return request->owner != NULL ? strcmp (request->owner, "self") == 0
                                : config->owner_self;
}

guint64
vg_request_get_rate (const VgRequest *request, const VgConfig *config)
{
  return request->limit_rate != VG_REQUEST_UNSAID
             ? (guint64) request->limit_rate
             : config->upload_rate;
}
