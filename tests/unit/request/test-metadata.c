/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests in a domain's metadata: what they say, and that what is wrong in
 * them is told. */
#include "request/metadata.h"

#include <string.h>

static void
test_request (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgRequest) request = vg_request_parse (
      "<glance:snapshot xmlns:glance='urn:virt-glance:request' name='x y' "
      "store='fast' disks='root'/>",
      &error);

  g_assert_no_error (error);
  g_assert_cmpstr (request->name, ==, "x y");
  g_assert_cmpstr (request->store, ==, "fast");
  g_assert_null (request->disks);
  g_assert_null (request->reasons);
}

static void
assert_children (const char *xml)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgRequest) request = vg_request_parse (xml, &error);
  g_autofree char *disks = NULL, *properties = NULL, *tags = NULL;

  g_assert_no_error (error);
  disks = g_strjoinv ("|", request->disks);
  properties = g_strjoinv ("|", request->properties);
  tags = g_strjoinv ("|", request->tags);
  g_assert_cmpstr (request->store, ==, "fast");
  g_assert_cmpstr (disks, ==, "vda|/srv/a b.img");
  g_assert_cmpstr (properties, ==, "k=v|note=say \"it's\", <x>|empty=");
  g_assert_cmpstr (tags, ==, "before upgrade|a,b");
}

/* A value a child, in the request's namespace or in none; what an attribute
 * says is added to. */
static void
test_children (void)
{
  assert_children ("<r:snapshot xmlns:r='urn:virt-glance:request' store='fast' "
                   "properties='k=v'>\n <!-- two -->\n <r:disk>vda</r:disk>\n"
                   "<disk>\n  /srv/a b.img\n</disk>"
                   "<r:tag>before upgrade</r:tag><tag>a,b</tag>"
                   "<property name='note'>say \"it's\", &lt;x&gt;</property>"
                   "<property name='empty'/></r:snapshot>");
  assert_children (
      "<snapshot xmlns='urn:virt-glance:request' store='fast'>"
      "<property name='k'>v</property><disk>vda</disk>"
      "<property name='note'><![CDATA[say \"it's\", <x>]]></property>"
      "<tag>before upgrade</tag><property name='empty'> </property>"
      "<disk>/srv/a b.img</disk><tag>a,b</tag></snapshot>");
}

static void
test_wrong_request (void)
{
  static const struct {
    const char *xml, *text;
  } cases[] = {
    { "<snapshoot name='x'/>", "unknown request <snapshoot>" },
    { "<snapshot nam='x'/>", "<snapshot>: 'nam' is not known" },
    { "<snapshot reasons='shutdown'/>", "'reasons' is not known" },
    { "<snapshot><now/></snapshot>", "<now> is not known in it" },
    { "<snapshot><tag/></snapshot>", "<tag> has no value" },
    { "<snapshot><tag> </tag></snapshot>", "<tag> has no value" },
    { "<snapshot><tag x='y'>a</tag></snapshot>", "<tag>: 'x' is not known" },
    { "<snapshot><tag name='y'>a</tag></snapshot>", "'name' is not known" },
    { "<snapshot><tag>a<b/></tag></snapshot>", "<tag>: it must have text" },
    { "<snapshot><tag>a\nb</tag></snapshot>", "can't be an image's tag" },
    { "<snapshot><property>a=b</property></snapshot>", "must be a key" },
    { "<snapshot><property name='a=b'>c</property></snapshot>", "be a key" },
    { "<snapshot><property name='a' x='y'/></snapshot>", "'x' is not known" },
    { "<snapshot><property name='id'>c</property></snapshot>", "keeps that" },
    { "<snapshot><tag xmlns='urn:else'>a</tag></snapshot>",
      "'tag' in it is in another namespace" },
    { "<snapshot disks='all'><disk>vda</disk></snapshot>",
      "disks='all' and <disk> exclude each other" },
    { "<snapshot name=''/>", "'name' has no value" },
    { "<snapshot type='daily' rotation='3'/>", "'type' is not known" },
    { "<backup type='daily'/>", "<backup>: 'rotation' is missing" },
    { "<backup type='daily' rotation='many'/>",
      "rotation must be an integer from 0 to 100000, not 'many'" },
    { "", "empty" },
    { "<snapshot", "not well-formed" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (vg_request_parse (cases[i].xml, &error));
    g_assert_nonnull (error);
    if (strstr (error->message, cases[i].text) == NULL)
      g_error ("no '%s' in '%s'", cases[i].text, error->message);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metadata/request", test_request);
  g_test_add_func ("/metadata/children", test_children);
  g_test_add_func ("/metadata/wrong-request", test_wrong_request);
  return g_test_run ();
}
