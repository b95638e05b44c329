/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake libvirt's secrets. */
#include "lib/fake-libvirt.h"

/* What a virSecretPtr points to. */
struct _virSecret {
  char *path;
};

static virSecretPtr
look_up (const char *name)
{
  g_autofree char *file = g_build_filename ("secrets", name, NULL);
  virSecretPtr secret;

  if (fake_call ("secret", NULL, name) == FAKE_FAIL)
    return NULL;
  if (!fake_exists (file)) {
    fake_set_error (VIR_ERR_NO_SECRET, "no secret %s", name);
    return NULL;
  }
  secret = g_new0 (struct _virSecret, 1);
  secret->path = fake_path (file);
  return secret;
}

virSecretPtr
virSecretLookupByUUIDString (virConnectPtr connection G_GNUC_UNUSED,
                             const char *uuid)
{
  return look_up (uuid);
}

virSecretPtr
virSecretLookupByUsage (virConnectPtr connection G_GNUC_UNUSED,
                        int type G_GNUC_UNUSED, const char *usage)
{
  return look_up (usage);
}

unsigned char *
virSecretGetValue (virSecretPtr secret, size_t *size,
                   unsigned int flags G_GNUC_UNUSED)
{
  char *text;

  if (!g_file_get_contents (secret->path, &text, NULL, NULL))
    return NULL;
  return g_base64_decode_inplace (text, size);
}

int
virSecretFree (virSecretPtr secret)
{
  g_free (secret->path);
  g_free (secret);
  return 0;
}
