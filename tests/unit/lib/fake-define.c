/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions that outlive the process, which those of libvirt's test driver
 * don't. */
#include <string.h>

#include "lib/fake-libvirt.h"

typedef virDomainPtr Define (virConnectPtr, const char *);

static void
define_again (virConnectPtr connection, const char *path)
{
  Define *real = fake_real ("virDomainDefineXML");
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;
  virDomainPtr domain;

  g_file_get_contents (path, &xml, NULL, &error);
  g_assert_no_error (error);
  domain = real (connection, xml);
  g_assert_nonnull (domain);
  virDomainFree (domain);
}

void
fake_define_all (virConnectPtr connection)
{
  g_autofree char *folder = fake_path ("defined");
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    if (g_str_has_suffix (name, ".xml"))
      define_again (connection, path);
  }
}

static void
keep (virDomainPtr domain)
{
  char *(*get) (virDomainPtr, unsigned int) = fake_real ("virDomainGetXMLDesc");
  g_autofree char *xml =
      get (domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
  g_autofree char *folder = fake_path ("defined");
  g_autofree char *name = g_strconcat (virDomainGetName (domain), ".xml", NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (xml);
  g_mkdir_with_parents (folder, 0700);
  g_file_set_contents (path, xml, -1, &error);
  g_assert_no_error (error);
}

virDomainPtr
virDomainDefineXML (virConnectPtr connection, const char *xml)
{
  Define *real = fake_real ("virDomainDefineXML");
  virDomainPtr domain;

  if (fake_call ("define", NULL, NULL) == FAKE_FAIL)
    return NULL;
  domain = real (connection, xml);
  if (domain == NULL)
    return NULL;
  keep (domain);
  if (fake_call ("defined", domain, NULL) != FAKE_FAIL)
    return domain;
  virDomainFree (domain);
  return NULL;
}
