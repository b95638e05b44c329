/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* OpenSSL's digests under hashlib's names. Digests without a fixed length
 * (shake_*) can't be used as Glance's os_hash_algo, and are not supported. */
#include "glance/hash.h"

#include <openssl/evp.h>
#include <string.h>

struct _VgHash {
  EVP_MD_CTX *context;
  const EVP_MD *digest;
};

static const EVP_MD *
find_digest (const char *algorithm)
{
  g_autofree char *name = g_ascii_strdown (algorithm, -1);

  if (g_str_has_prefix (name, "shake"))
    return NULL;
  if (strcmp (name, "blake2b") == 0)
    return EVP_get_digestbyname ("blake2b512");
  if (strcmp (name, "blake2s") == 0)
    return EVP_get_digestbyname ("blake2s256");
  if (g_str_has_prefix (name, "sha512_"))
    return EVP_get_digestbyname (
        strcmp (name, "sha512_256") == 0 ? "sha512-256" : "sha512-224");
  return EVP_get_digestbyname (g_strdelimit (name, "_", '-'));
}

VgHash *
vg_hash_new (const char *algorithm)
{
  const EVP_MD *digest = find_digest (algorithm);
  EVP_MD_CTX *context = digest != NULL ? EVP_MD_CTX_new () : NULL;
  VgHash *hash;

  if (context == NULL || EVP_DigestInit_ex (context, digest, NULL) != 1) {
    EVP_MD_CTX_free (context);
    return NULL;
  }
  hash = g_new0 (VgHash, 1);
  hash->context = context;
  hash->digest = digest;
  return hash;
}

void
vg_hash_free (VgHash *hash)
{
  if (hash == NULL)
    return;
  EVP_MD_CTX_free (hash->context);
  g_free (hash);
}

void
vg_hash_reset (VgHash *hash)
{
  EVP_DigestInit_ex (hash->context, hash->digest, NULL);
}

void
vg_hash_update (VgHash *hash, const void *bytes, gsize n)
{
  EVP_DigestUpdate (hash->context, bytes, n);
}

char *
vg_hash_finish (VgHash *hash)
{
  guchar sum[EVP_MAX_MD_SIZE];
  GString *text = g_string_new (NULL);
  unsigned int n = 0;

  EVP_DigestFinal_ex (hash->context, sum, &n);
  for (unsigned int i = 0; i < n; i++)
    g_string_append_printf (text, "%02x", sum[i]);
  return g_string_free (text, FALSE);
}
