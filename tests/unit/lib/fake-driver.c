/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libvirt's test driver lacks; linked before libvirt. Secrets are files
 * below $VG_FAKE_SECRETS, named by the secret's UUID or usage, in base64. A
 * guest with a channel for an agent has one that is connected. */
#include <dlfcn.h>
#include <glib.h>
#include <libvirt/libvirt.h>
#include <string.h>

#define FOLDER "VG_FAKE_SECRETS"

/* What a virSecretPtr points to. */
struct _virSecret {
  char *path;
};

/* As libvirt does: the library itself says that this can't be. */
static virSecretPtr
look_up (virConnectPtr connection, const char *name)
{
  const char *folder = g_getenv (FOLDER);
  g_autofree char *path =
      g_build_filename (folder != NULL ? folder : "/nonexistent", name, NULL);
  virSecretPtr secret;

  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    virConnectNumOfSecrets (connection);
    return NULL;
  }
  secret = g_new0 (struct _virSecret, 1);
  secret->path = g_steal_pointer (&path);
  return secret;
}

virSecretPtr
virSecretLookupByUUIDString (virConnectPtr connection, const char *uuid)
{
  return look_up (connection, uuid);
}

virSecretPtr
virSecretLookupByUsage (virConnectPtr connection, int type G_GNUC_UNUSED,
                        const char *usage)
{
  return look_up (connection, usage);
}

unsigned char *
virSecretGetValue (virSecretPtr secret, size_t *size,
                   unsigned int flags G_GNUC_UNUSED)
{
  char *text;

  if (!g_file_get_contents (secret->path, &text, NULL, NULL))
    return NULL;
  return g_base64_decode_inplace (g_strchomp (text), size);
}

int
virSecretFree (virSecretPtr secret)
{
  g_free (secret->path);
  g_free (secret);
  return 0;
}

/* ---- The agent */

#define AGENT "name='org.qemu.guest_agent.0'"

char *
virDomainGetXMLDesc (virDomainPtr domain, unsigned int flags)
{
  char *(*real) (virDomainPtr, unsigned int) =
      (char *(*) (virDomainPtr, unsigned int) ) dlsym (RTLD_NEXT,
                                                       "virDomainGetXMLDesc");
  g_autofree char *xml = real (domain, flags);
  g_autoptr (GString) text = g_string_new (xml);

  g_string_replace (text, AGENT, AGENT " state='connected'", 0);
  return xml != NULL ? strdup (text->str) : NULL;
}
