/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of a definition is kept, and what isn't. */
#include "domain/definition.h"

#include <string.h>

static char *
clean (const char *inside)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = g_strdup_printf (
      "<domain type='kvm' "
      "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
      "<name>web</name>%s</domain>",
      inside);
  char *text = vg_definition_clean (xml, &error);

  g_assert_no_error (error);
  return text;
}

static void
test_secrets (void)
{
  static const char *const cases[] = {
    "<devices><graphics type='vnc' port='-1' passwd='s3cret'/></devices>",
    "<devices><graphics type='spice' passwdValidTo='s3cret'/></devices>",
    "<devices><disk><source protocol='https' name='a'><cookies>"
    "<cookie name='c'>s3cret</cookie></cookies></source></disk></devices>",
    "<qemu:commandline><qemu:arg value='s3cret'/></qemu:commandline>",
    "<sysinfo type='fwcfg'><entry name='opt/com.coreos/config'>s3cret"
    "</entry></sysinfo>",
    "<sysinfo type='smbios'><oemStrings><entry>s3cret</entry></oemStrings>"
    "</sysinfo>",
    "<launchSecurity type='sev'><session>s3cret</session></launchSecurity>",
    "<metadata><r:snapshot xmlns:r='urn:virt-glance:request' name='s3cret'/>"
    "</metadata>",
    "<metadata><r:jobs xmlns:r='urn:virt-glance:status'>s3cret</r:jobs>"
    "</metadata>",
    "<!-- s3cret -->",
    "<?s3cret x?>",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = clean (cases[i]);

    g_assert_null (strstr (text, "s3cret"));
    g_assert_nonnull (strstr (text, "<name>web</name>"));
  }
}

static void
test_rest (void)
{
  static const char *const parts[] = {
    "<uuid>d4c5b6a7-1f2e-4d3c-8b9a-0a1b2c3d4e5f</uuid>",
    "<p:policy xmlns:p=\"urn:virt-glance:policy\"/>",
    "<o:other xmlns:o=\"urn:other\">x</o:other>",
    "<secret type=\"ceph\" uuid=\"d4c5b6a7-1f2e-4d3c-8b9a-0a1b2c3d4e5f\"/>",
    "<mac address=\"52:54:00:01:02:03\"/>",
    "<entry name=\"serial\">7</entry>",
    "<cmdline>console=ttyS0 &amp; quiet</cmdline>",
  };
  g_autofree char *inside = g_strdup_printf (
      "%s<metadata>%s%s</metadata><devices><disk><auth username=\"a\">%s"
      "</auth></disk><interface>%s</interface></devices>"
      "<sysinfo type=\"smbios\"><system>%s</system></sysinfo><os>%s</os>",
      parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6]);
  g_autofree char *text = clean (inside);

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    g_assert_nonnull (strstr (text, parts[i]));
}

static void
test_no_xml (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_definition_clean ("<domain>", &error));
  g_assert_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/definition/secrets", test_secrets);
  g_test_add_func ("/definition/rest", test_rest);
  g_test_add_func ("/definition/no-xml", test_no_xml);
  return g_test_run ();
}
