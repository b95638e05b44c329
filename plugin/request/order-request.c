/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An order's words looked at, as those of the command line are. */
#include "request/order.h"
#include "util/text.h"
#include "request/error.h"
#include "request/check.h"
#include "util/image-format.h"

/* TRUE, or FALSE with what makes no sense. */
static gboolean
check_words (const VgWish *wish, GError **error)
{
  g_autofree char *shown_format = vg_text_clean (wish->format, 40);
  g_autofree char *shown_quiesce = vg_text_clean (wish->quiesce, 40);
  g_autofree char *shown_encrypted = vg_text_clean (wish->encrypted, 40);
  VgImageFormat format;
  VgQuiesce quiesce;
  VgEncrypted encrypted;

  if (wish->format != NULL
      && !vg_image_format_from_string (wish->format, &format)) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "format is raw or qcow2, not '%s'", shown_format);
    return FALSE;
  }
  if (wish->quiesce != NULL
      && !vg_quiesce_from_string (wish->quiesce, &quiesce)) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "quiesce is auto, require or never, not '%s'", shown_quiesce);
    return FALSE;
  }
  if (wish->encrypted != NULL
      && !vg_encrypted_from_string (wish->encrypted, &encrypted)) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "encrypted is refuse, keep or decrypt, not '%s'",
                 shown_encrypted);
    return FALSE;
  }
  if (wish->compress != NULL
      && !vg_request_check_compression (wish->compress, "compress", error))
    return FALSE;
  if (wish->from != NULL && g_strcmp0 (wish->quiesce, "require") == 0) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "from and quiesce='require' exclude each other: nothing is "
                 "frozen for a snapshot that there is already");
    return FALSE;
  }
  return (wish->name == NULL || vg_request_check_name (wish->name, error))
         && (wish->backup_type == NULL
             || vg_request_check_type (wish->backup_type, error));
}

VgRequest *
vg_order_to_request (const VgOrder *order, GError **error)
{
  g_autoptr (VgRequest) request = vg_request_new (order->uuid);
  const VgWish *wish = order->wish;

  if (wish == NULL) {
    g_set_error_literal (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                         order->problem);
    return NULL;
  }
  if (!check_words (wish, error))
    return NULL;
  request->order = g_strdup (order->id);
  request->backup_type = g_strdup (wish->backup_type);
  request->name = g_strdup (wish->name);
  request->from = g_strdup (wish->from);
  request->store = g_strdup (wish->store);
  request->format = g_strdup (wish->format);
  request->compress = g_strdup (wish->compress);
  request->disks = g_strdupv (wish->disks);
  request->all_disks = wish->all_disks;
  request->quiesce = g_strdup (wish->quiesce);
  request->encrypted = g_strdup (wish->encrypted);
  return g_steal_pointer (&request);
}
