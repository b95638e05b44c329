/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk's backing chain in a definition: it alone goes, and comes back. */
#include "domain/backing-store.h"

#include <string.h>

#define CHAIN                                                                  \
  "      <backingStore type='file'>\n"                                         \
  "        <format type='qcow2'/>\n"                                           \
  "        <source file='/srv/middle'/>\n"                                     \
  "        <backingStore type='network'>\n"                                    \
  "          <format type='raw'/>\n"                                           \
  "          <source protocol='rbd' name='p/i'><auth username='u'>"            \
  "<secret type='ceph' uuid='d4c5b6a7-1f2e-4d3c-8b9a-0a1b2c3d4e5f'/></auth>"   \
  "</source>\n"                                                                \
  "          <backingStore/>\n"                                                \
  "        </backingStore>\n"                                                  \
  "      </backingStore>\n"

/* As libvirt writes it, with what nobody may lose. */
#define DEFINITION(vda, vdb)                                                   \
  "<domain xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0' type='kvm'>\n" \
  "  <name>web</name>\n"                                                       \
  "  <metadata>\n"                                                             \
  "    <o:note xmlns:o='urn:other'>a &lt; b<![CDATA[<raw>]]><!-- c "           \
  "--></o:note>\n"                                                             \
  "  </metadata>\n"                                                            \
  "  <os>\n"                                                                   \
  "    <nvram template='/usr/share/OVMF/VARS.fd'>/srv/web_VARS.fd</nvram>\n"   \
  "  </os>\n"                                                                  \
  "  <devices>\n"                                                              \
  "    <disk type='file' device='disk'>\n"                                     \
  "      <driver name='qemu' type='qcow2'/>\n"                                 \
  "      <source file='/srv/a'/>\n" vda                                        \
  "      <target dev='vda' bus='virtio'/>\n"                                   \
  "    </disk>\n"                                                              \
  "    <disk type='file' device='disk'>\n"                                     \
  "      <driver name='qemu' type='qcow2'/>\n"                                 \
  "      <source file='/srv/b'/>\n" vdb                                        \
  "      <target dev='vdb' bus='virtio'/>\n"                                   \
  "    </disk>\n"                                                              \
  "    <graphics type='vnc' port='-1' passwd='s3cret'/>\n"                     \
  "    <unheard of='it'/>\n"                                                   \
  "  </devices>\n"                                                             \
  "  <q:commandline><q:arg value='-x'/></q:commandline>\n"                     \
  "</domain>\n"

/* Quotation marks apart, as the parser doesn't know them, and its head. */
static void
assert_same (const char *is, const char *wanted)
{
  g_autoptr (GString) expected = g_string_new (wanted);

  g_string_replace (expected, "'", "\"", 0);
  g_assert_nonnull (is);
  g_assert_true (g_str_has_prefix (is, "<?xml"));
  g_assert_cmpstr (strchr (is, '\n') + 1, ==, expected->str);
}

static char *
take_out (const char *xml, const char *target, char **removed)
{
  g_autoptr (GError) error = NULL;
  char *changed;

  g_assert_true (
      vg_backing_store_remove (xml, target, &changed, removed, &error));
  g_assert_no_error (error);
  return changed;
}

static char *
put_back (const char *xml, const char *removed)
{
  g_autoptr (GError) error = NULL;
  char *changed;

  g_assert_true (vg_backing_store_put_back (xml, removed, &changed, &error));
  g_assert_no_error (error);
  return changed;
}

static void
test_there_and_back (void)
{
  g_autofree char *removed = NULL, *other = NULL;
  g_autofree char *changed =
      take_out (DEFINITION (CHAIN, CHAIN), "vdb", &removed);
  g_autofree char *again = NULL, *both = NULL;

  assert_same (changed, DEFINITION (CHAIN, ""));
  g_assert_null (strstr (removed, "s3cret"));
  g_assert_null (strstr (removed, "/srv/a"));
  again = put_back (changed, removed);
  assert_same (again, DEFINITION (CHAIN, CHAIN));
  both = take_out (changed, "vda", &other);
  assert_same (both, DEFINITION ("", ""));
}

/* Where there is none, or an empty one, which says the same. */
static void
test_none (void)
{
  g_autofree char *removed = NULL;

  g_assert_null (take_out (DEFINITION (CHAIN, ""), "vdb", &removed));
  g_assert_null (removed);
  g_assert_null (
      take_out (DEFINITION (CHAIN, "<backingStore/>"), "vdb", &removed));
  g_assert_null (removed);
}

/* The disk has been changed since by somebody else. */
static void
test_changed_since (void)
{
  g_autofree char *removed = NULL;
  g_autofree char *without = take_out (DEFINITION ("", CHAIN), "vdb", &removed);
  static const char *const others[] = {
    DEFINITION ("", CHAIN),
    DEFINITION ("", "<backingStore/>"),
    "<domain><devices/></domain>",
    "<domain><devices><disk><target dev='vdb'/></disk></devices></domain>",
    "<domain><devices><disk><source file='/srv/c'/><target dev='vdb'/></disk>"
    "</devices></domain>",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_null (put_back (others[i], removed));
  g_assert_null (put_back (without, "<disk><source file='/srv/b'/>"
                                    "<target dev='vdb'/></disk>"));
  g_assert_null (put_back (without, "<disk/>"));
}

static void
refuse (const char *xml, const char *target, const char *words)
{
  g_autoptr (GError) error = NULL;
  char *changed, *removed;

  g_assert_false (
      vg_backing_store_remove (xml, target, &changed, &removed, &error));
  g_assert_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_null (changed);
  g_assert_null (removed);
}

static void
test_refused (void)
{
  g_autofree char *removed = NULL;
  g_autofree char *without = take_out (DEFINITION ("", CHAIN), "vdb", &removed);
  g_autoptr (GError) error = NULL;
  char *changed;

  refuse ("<domain", "vdb", "not well-formed");
  refuse (DEFINITION ("", CHAIN), "vdc", "vdc can't be taken out of");
  refuse (DEFINITION ("",
                      "<backingStore type='network'><source protocol='https' "
                      "name='x'><cookies><cookie name='c'>s3cret</cookie>"
                      "</cookies></source></backingStore>"),
          "vdb", "cookies");
  g_assert_false (
      vg_backing_store_put_back (without, "<disk", &changed, &error));
  g_assert_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML);
  g_clear_error (&error);
  g_assert_false (
      vg_backing_store_put_back ("<domain", removed, &changed, &error));
  g_assert_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/backing-store/there-and-back", test_there_and_back);
  g_test_add_func ("/backing-store/none", test_none);
  g_test_add_func ("/backing-store/changed-since", test_changed_since);
  g_test_add_func ("/backing-store/refused", test_refused);
  return g_test_run ();
}
