/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake libvirt's guest agent, and what its domains say of themselves. */
#include "lib/fake-libvirt.h"

#include <libvirt/libvirt-qemu.h>
#include <string.h>
#include <unistd.h>

#define AGENT "name='org.qemu.guest_agent.0'"

/* How many of the guest's file systems are among those (none: any). */
static int
count_file_systems (const char **mountpoints, unsigned int n)
{
  g_autofree char *path = fake_path ("file-systems"), *text = NULL;
  g_auto (GStrv) words = NULL;
  int count = 0;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    text = g_strdup ("/ /boot");
  words = g_strsplit_set (g_strstrip (text), " \n", -1);
  for (guint i = 0; words[i] != NULL; i++) {
    if (n == 0 && *words[i] != '\0')
      count++;
    for (guint k = 0; k < n; k++)
      count += strcmp (words[i], mountpoints[k]) == 0;
  }
  return count;
}

static char *
list (const char **mountpoints, unsigned int n)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "", mountpoints[i]);
  return g_string_free (text, n == 0);
}

/* A frozen guest's agent refuses what could write. */
static gboolean
is_frozen (const char *command)
{
  if (!fake_exists ("frozen"))
    return FALSE;
  fake_set_error (VIR_ERR_INTERNAL_ERROR,
                  "Command %s has been disabled: the agent is in frozen state",
                  command);
  return TRUE;
}

int
virDomainFSFreeze (virDomainPtr domain, const char **mountpoints,
                   unsigned int n, unsigned int flags G_GNUC_UNUSED)
{
  g_autofree char *detail = list (mountpoints, n), *path = fake_path ("frozen");
  FakeVerdict verdict = fake_call ("freeze", domain, detail);
  int count = count_file_systems (mountpoints, n);

  if (verdict != FAKE_GO)
    return verdict == FAKE_FAIL ? -1 : 0;
  if (is_frozen ("guest-fsfreeze-freeze"))
    return -1;
  if (count > 0)
    g_assert_true (g_file_set_contents (path, "", 0, NULL));
  return count;
}

int
virDomainFSThaw (virDomainPtr domain, const char **mountpoints G_GNUC_UNUSED,
                 unsigned int n G_GNUC_UNUSED, unsigned int flags G_GNUC_UNUSED)
{
  g_autofree char *path = fake_path ("frozen");
  FakeVerdict verdict = fake_call ("thaw", domain, NULL);

  if (verdict != FAKE_GO) {
    if (fake_exists ("thaw-hook"))
      unlink (path);
    return verdict == FAKE_FAIL ? -1 : 0;
  }
  return unlink (path) == 0 ? count_file_systems (NULL, 0) : 0;
}

char *
virDomainQemuAgentCommand (virDomainPtr domain, const char *command,
                           int timeout G_GNUC_UNUSED,
                           unsigned int flags G_GNUC_UNUSED)
{
  g_assert_nonnull (strstr (command, "guest-fsfreeze-status"));
  if (fake_call ("status", domain, NULL) == FAKE_FAIL)
    return NULL;
  return strdup (fake_exists ("frozen") ? "{\"return\":\"frozen\"}"
                                        : "{\"return\":\"thawed\"}");
}

int
virDomainGetTime (virDomainPtr domain, long long *seconds,
                  unsigned int *nseconds, unsigned int flags G_GNUC_UNUSED)
{
  if (fake_call ("ping", domain, NULL) == FAKE_FAIL
      || is_frozen ("guest-get-time"))
    return -1;
  *seconds = 0;
  *nseconds = 0;
  return 0;
}

int
virDomainAgentSetResponseTimeout (virDomainPtr domain, int timeout,
                                  unsigned int flags G_GNUC_UNUSED)
{
  g_autofree char *detail = g_strdup_printf ("%d", timeout);

  return fake_call ("limit", domain, detail) == FAKE_FAIL ? -1 : 0;
}

virDomainPtr
virDomainLookupByUUIDString (virConnectPtr connection, const char *uuid)
{
  virDomainPtr (*real) (virConnectPtr, const char *) =
      fake_real ("virDomainLookupByUUIDString");
  virDomainPtr domain = real (connection, uuid);

  if (fake_call ("lookup", domain, NULL) != FAKE_FAIL)
    return domain;
  if (domain != NULL)
    virDomainFree (domain);
  return NULL;
}

/* An agent's channel has a state as soon as the guest runs, and a disk that is
 * being copied a mirror. */
char *
virDomainGetXMLDesc (virDomainPtr domain, unsigned int flags)
{
  char *(*real) (virDomainPtr, unsigned int) =
      fake_real ("virDomainGetXMLDesc");
  g_autofree char *xml = NULL;
  g_autoptr (GString) text = NULL;

  if (fake_call (flags & VIR_DOMAIN_XML_INACTIVE ? "definition" : "xml", domain,
                 NULL)
      == FAKE_FAIL)
    return NULL;
  xml = real (domain, flags);
  if (xml == NULL)
    return NULL;
  text = g_string_new (xml);
  g_string_replace (text, AGENT,
                    fake_exists ("no-agent") ? AGENT " state='disconnected'"
                                             : AGENT " state='connected'",
                    0);
  if (fake_exists ("mirror"))
    g_string_replace (text, "</disk>", "<mirror type='file'/></disk>", 0);
  return strdup (text->str);
}

int
virDomainHasManagedSaveImage (virDomainPtr domain G_GNUC_UNUSED,
                              unsigned int flags G_GNUC_UNUSED)
{
  return fake_exists ("saved") ? 1 : 0;
}

int
virDomainIsActive (virDomainPtr domain)
{
  int (*real) (virDomainPtr) = fake_real ("virDomainIsActive");

  if (fake_call ("active", domain, NULL) == FAKE_FAIL)
    return -1;
  fake_backup_notice (domain);
  return real (domain);
}

int
virDomainIsPersistent (virDomainPtr domain)
{
  int (*real) (virDomainPtr) = fake_real ("virDomainIsPersistent");

  if (fake_call ("persistent", domain, NULL) == FAKE_FAIL)
    return -1;
  return fake_exists ("undefined") ? 0 : real (domain);
}
