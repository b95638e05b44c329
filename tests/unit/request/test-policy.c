/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Policies: what they say, which of them counts, and that what is wrong in them
 * is told. */
#include "request/policy.h"

#include <string.h>

#include "lib/workdir.h"
#include "request/error.h"
#include "request/metadata.h"

#define NOVA "http://openstack.org/xmlns/libvirt/nova/1.1"
#define PROJECT "7a1e2d7c5f0b4d6e9c8b7a6f5e4d3c2b"

/* A domain with that <policy> (or NULL), as Nova has it. */
static VgDomain *
make_domain (const char *policy)
{
  g_autofree char *xml = g_strdup_printf (
      "<domain><name>instance-00000001</name><metadata>%s"
      "<n:instance xmlns:n='" NOVA "'><n:name>web-1</n:name>"
      "<n:flavor name='m1.tiny'><n:extraSpecs>"
      "<n:extraSpec name='hw:cpu_policy'>shared</n:extraSpec>"
      "<n:extraSpec name='image_service:store_id'>cheap</n:extraSpec>"
      "</n:extraSpecs></n:flavor><n:owner><n:project uuid='" PROJECT "'>"
      "shop</n:project></n:owner></n:instance></metadata></domain>",
      policy != NULL ? policy : "");
  g_autoptr (GError) error = NULL;
  VgDomain *domain = vg_domain_parse (xml, -1, &error);

  g_assert_no_error (error);
  return domain;
}

static VgRequest *
find (const char *policy, const char *folder)
{
  g_autoptr (VgDomain) domain = make_domain (policy);
  g_autoptr (GError) error = NULL;
  VgRequest *request = NULL;
  gboolean ok =
      vg_policy_find (domain, VG_EVENT_STOPPED, folder, &request, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  return request;
}

static void
assert_wrong (const char *policy, const char *folder, const char *text)
{
  g_autoptr (VgDomain) domain = make_domain (policy);
  g_autoptr (GError) error = NULL;
  VgRequest *request = NULL;

  g_assert_false (
      vg_policy_find (domain, VG_EVENT_STOPPED, folder, &request, &error));
  g_assert_null (request);
  g_assert_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX);
  if (strstr (error->message, text) == NULL)
    g_error ("no '%s' in '%s'", text, error->message);
}

static void
test_element (void)
{
  g_autoptr (VgRequest) request =
      find ("<p:policy xmlns:p='urn:virt-glance:policy'>\n"
            "<!-- nightly --><p:image uuid='x'/>\n"
            "<p:on event='stopped' store='cheap' format='raw' quiesce='never' "
            "encrypted='keep' "
            "disks='vda, vdb' reasons='crashed destroyed'/></p:policy>",
            "/nonexistent");

  g_assert_cmpstr (request->store, ==, "cheap");
  g_assert_cmpstr (request->format, ==, "raw");
  g_assert_cmpstr (request->quiesce, ==, "never");
  g_assert_cmpstr (request->encrypted, ==, "keep");
  g_assert_cmpstr (request->disks[0], ==, "vda");
  g_assert_cmpstr (request->disks[1], ==, "vdb");
  g_assert_null (request->disks[2]);
  g_assert_false (request->all_disks);
  g_assert_cmpstr (request->reasons[0], ==, "crashed");
  g_assert_cmpstr (request->reasons[1], ==, "destroyed");
  g_assert_null (request->reasons[2]);
}

/* As virsh leaves it: the inner elements are in no namespace. */
static void
test_virsh (void)
{
  g_autoptr (VgRequest) request =
      find ("<glance:policy xmlns:glance='urn:virt-glance:policy'><on "
            "event='stopped' disks='all'/></glance:policy>",
            "/nonexistent");

  g_assert_null (request->store);
  g_assert_null (request->disks);
  g_assert_true (request->all_disks);
  g_assert_cmpstr (request->reasons[0], ==, "shutdown");
  g_assert_null (request->reasons[1]);
}

static void
test_none (void)
{
  g_assert_null (find (NULL, "/nonexistent"));
  g_assert_null (
      find ("<policy xmlns='urn:virt-glance:policy'/>", "/nonexistent"));
  g_assert_null (find ("<policy xmlns='urn:else'><on event='x'/></policy>",
                       "/nonexistent"));
  g_assert_null (find ("<policy xmlns='urn:virt-glance:policy'>"
                       "<image uuid='x'/></policy>",
                       "/nonexistent"));
}

static void
test_wrong_element (void)
{
  static const struct {
    const char *inside, *text;
  } cases[] = {
    { "<on event='stoped'/>", "unknown event 'stoped'" },
    { "<on store='cheap'/>", "the event is missing" },
    { "<on event='stopped' stor='cheap'/>", "'stor' is not known" },
    { "<on event='stopped' store=''/>", "'store' has no value" },
    { "<on event='stopped' name='x'/>", "'name' is not known" },
    { "<on event='stopped' type='daily'/>", "'type' is not known" },
    { "<on event='backup' type='daily'/>", "'rotation' is missing" },
    { "<on event='backup' rotation='1'/>", "'type' is missing" },
    { "<on event='backup' type='a' rotation='-1'/>",
      "rotation must be an integer from 0 to 100000, not '-1'" },
    { "<on event='backup' type='a' rotation='1' reasons='shutdown'/>",
      "'reasons' is not known" },
    { "<on event='snapshot' type='daily'/>", "'rotation' is missing" },
    { "<on event='snapshot' rotation='1'/>", "'type' is missing" },
    { "<on event='snapshot' quiesce='never'/>", "'quiesce' is not known" },
    { "<on event='stopped' from='x'/>", "'from' is not known" },
    { "<on event='stopped' mountpoints='/'/>", "'mountpoints' is not known" },
    { "<on event='stopped' all_disks='yes'/>", "'all_disks' is not known" },
    { "<on event='stopped' limit-rate='5'/>", "'limit-rate' is not known" },
    { "<on event='stopped' tags='\"a'/>", "an unclosed quotation mark" },
    { "<on event='stopped' reasons='migrated'/>", "reasons='migrated'" },
    { "<on event='stopped' reasons=' '/>", "'reasons' is empty" },
    { "<on event='stopped'>x</on>", "no text 'x'" },
    { "<on event='stopped'><b/></on>", "<b> is not known in it; use <disk>" },
    { "<on event='stopped'><mountpoint>/</mountpoint></on>",
      "<mountpoint> is not known in it" },
    { "<on event='stopped'><store>x</store></on>", "<store> is not known" },
    { "<image uuid='x'><tag>a</tag></image>", "must be empty, but has 'tag'" },
    { "<on event='stopped'/><on event='stopped'/>", "there are two" },
    { "<on event='backup' type='a' rotation='1'/>"
      "<on event='backup' type='a' rotation='2'/>",
      "there are two <on> elements for backups of the type 'a'" },
    { "<onn/>", "has an unknown element <onn>" },
    { "<on xmlns='urn:else'/>", "has an unknown element <on>" },
    { "<image uuid='x' id='y'/>", "unknown attribute 'id'" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *policy =
        g_strdup_printf ("<v:policy xmlns:v='urn:virt-glance:policy'>%s"
                         "</v:policy>",
                         cases[i].inside);

    assert_wrong (policy, "/nonexistent", cases[i].text);
  }
}

static void
test_files (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *one = workdir_file (dir, "10-first.conf",
                                       "[another event's name]\n"
                                       "domain = db-*\n"
                                       "on = stopped\n"
                                       "store = never\n"
                                       "[web]\n"
                                       "on = stopped\n"
                                       "domain = web-*\n"
                                       "project = sh?p\n"
                                       "flavor = m1.*\n"
                                       "store = first \n"
                                       "reasons = shutdown, crashed\n");
  g_autofree char *two = workdir_file (dir, "20-second.conf",
                                       "[all]\non = stopped\nstore = second\n");
  g_autofree char *not_read = workdir_file (dir, "00-old.conf.bak", "nonsense");
  g_autoptr (VgRequest) request = find (NULL, dir);
  g_autoptr (VgRequest) own =
      find ("<policy xmlns='urn:virt-glance:policy'>"
            "<on event='stopped' store='own'/></policy>",
            dir);

  g_assert_cmpstr (request->store, ==, "first");
  g_assert_cmpstr (request->reasons[1], ==, "crashed");
  g_assert_cmpstr (own->store, ==, "own");
}

static void
test_flavor (void)
{
  g_autoptr (VgDomain) domain = make_domain (NULL);
  g_autoptr (VgDomain) other =
      vg_domain_parse ("<domain><name>x</name></domain>", -1, NULL);

  g_assert_cmpstr (domain->flavor, ==, "m1.tiny");
  g_assert_cmpstr (domain->flavor_store, ==, "cheap");
  g_assert_null (other->flavor_store);
}

static void
test_conditions (void)
{
  static const struct {
    const char *line;
    gboolean fits;
  } cases[] = {
    { "domain = instance-*", TRUE },   { "domain = web-1", TRUE },
    { "domain = web", FALSE },         { "project = " PROJECT, TRUE },
    { "project = shop", TRUE },        { "project = shopping", FALSE },
    { "flavor = m1.tiny", TRUE },      { "flavor = m1", FALSE },
    { "domain = *\nflavor=x", FALSE }, { "", TRUE },
  };
  g_autoptr (Workdir) dir = workdir_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text =
        g_strdup_printf ("[a]\non = stopped\n%s\n", cases[i].line);
    g_autofree char *path = workdir_file (dir, "a.conf", text);
    g_autoptr (VgRequest) request = find (NULL, dir);

    g_test_message ("%s", cases[i].line);
    g_assert_true ((request != NULL) == cases[i].fits);
  }
}

static void
test_wrong_files (void)
{
  static const struct {
    const char *content, *text;
  } cases[] = {
    { "on = stopped\n", "a.conf can't be read" },
    { "[a]\non = stopped\ndomain = web-\xff*\n",
      "a.conf:3: the byte 0xff is not UTF-8" },
    { "[a\xc3]\non = stopped\n", "a.conf:1: the byte 0xc3 is not UTF-8" },
    { "[a]\n", "[a]: the event is missing" },
    { "[a]\non = started\n", "[a]: unknown event 'started'" },
    { "[a]\non = stopped\n[b]\non = stopped\ncolor = red\n",
      "a.conf: [b]: 'color' is not known" },
    { "[a]\non = stopped\ndomain = other\nstore =\n", "'store' has no value" },
    { "[a]\non = backup\ntype = daily\n", "[a]: 'rotation' is missing" },
    { "[a]\non = stopped\ndomain = a, b\n",
      "a.conf: [a]: domain is one pattern, not a list: 'a, b'" },
    { "[a]\non = stopped\ndomain = x\nproject = p,q\n",
      "project is one pattern" },
    { "[a]\non = stopped\nflavor = m1,m2\n", "flavor is one pattern" },
  };
  g_autoptr (Workdir) dir = workdir_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = workdir_file (dir, "a.conf", cases[i].content);

    assert_wrong (NULL, dir, cases[i].text);
  }
}

static void
test_backup (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDomain) domain =
      make_domain ("<policy xmlns='urn:virt-glance:policy'>"
                   "<on event='stopped'/>"
                   "<on event='backup' type='weekly' rotation='1'/></policy>");
  g_autoptr (VgRequest) request =
      vg_request_parse ("<backup type='daily' rotation='7' name='n'/>", &error);
  g_autoptr (VgRequest) policy = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (request->backup_type, ==, "daily");
  g_assert_cmpuint (request->rotation, ==, 7);
  g_assert_cmpstr (request->name, ==, "n");
  g_assert_true (vg_policy_find (domain, VG_EVENT_BACKUP, "/nonexistent",
                                 &policy, &error));
  g_assert_cmpstr (policy->backup_type, ==, "weekly");
  g_assert_cmpuint (policy->rotation, ==, 1);
  g_assert_null (policy->reasons);
}

/* "TYPE ROTATION" of what the policy says of backups of that type; "none". */
static char *
describe_backup (const char *policy, const char *folder, const char *type)
{
  g_autoptr (VgDomain) domain = make_domain (policy);
  g_autoptr (VgRequest) request = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ok = vg_policy_find_backup (domain, type, folder, &request, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  return request != NULL ? g_strdup_printf ("%s %d", request->backup_type,
                                            (int) request->rotation)
                         : g_strdup ("none");
}

#define ELEMENT                                                                \
  "<policy xmlns='urn:virt-glance:policy'><on event='stopped'/>"               \
  "<on event='backup' type='weekly' rotation='4'/>"                            \
  "<on event='backup' type='daily' rotation='7'/></policy>"

/* Several types: each once in an element, the first of each in the files. */
static void
test_backup_types (void)
{
  static const struct {
    const char *policy, *type, *found;
  } cases[] = {
    { ELEMENT, NULL, "weekly 4" },
    { ELEMENT, "daily", "daily 7" },
    { ELEMENT, "weekly", "weekly 4" },
    { ELEMENT, "monthly", "none" }, /* the files' don't count */
    { NULL, NULL, "hourly 24" },
    { NULL, "daily", "daily 2" },
    { NULL, "monthly", "monthly 12" },
    { NULL, "weekly", "none" },
    { "<policy xmlns='urn:virt-glance:policy'><on event='stopped'/></policy>",
      "daily", "daily 2" },
  };
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *one = workdir_file (
      dir, "10.conf",
      "[another guest's]\non = backup\ndomain = db\ntype = weekly\n"
      "rotation = 1\n[a]\non = backup\ntype = hourly\nrotation = 24\n"
      "[b]\non = backup\ntype = daily\nrotation = 2\n");
  g_autofree char *two =
      workdir_file (dir, "20.conf",
                    "[a]\non = backup\ntype = daily\nrotation = 3\n"
                    "[b]\non = backup\ntype = monthly\nrotation = 12\n");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *found =
        describe_backup (cases[i].policy, dir, cases[i].type);

    g_test_message ("%" G_GSIZE_FORMAT, i);
    g_assert_cmpstr (found, ==, cases[i].found);
  }
}

/* What the command line can say, policies and requests can say, too. */
static void
assert_options (const VgRequest *request)
{
  g_assert_cmpstr (request->tags[0], ==, "nightly");
  g_assert_cmpstr (request->tags[1], ==, "before upgrade");
  g_assert_null (request->tags[2]);
  g_assert_cmpstr (request->properties[0], ==, "os_distro=debian");
  g_assert_cmpstr (request->properties[1], ==, "description=made by hand");
  g_assert_null (request->properties[2]);
  g_assert_true (request->protect);
  g_assert_cmpstr (request->owner, ==, "self");
  g_assert_cmpstr (request->visibility, ==, "shared");
  g_assert_cmpint (request->limit_rate, ==, 2 << 20);
}

#define OPTIONS_XML                                                            \
  " tags='nightly \"before upgrade\"' protected='yes' owner='self' "           \
  "properties='os_distro=debian description=\"made by hand\"' "                \
  "visibility='shared' limit_rate='2M'/>"

static void
test_options (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path =
      workdir_file (dir, "a.conf",
                    "[a]\non = stopped\ntags = nightly, \"before upgrade\"\n"
                    "properties = os_distro=debian description='made by hand'\n"
                    "protected = true\nowner = self\nvisibility = shared\n"
                    "limit_rate = 2MiB\n");
  g_autoptr (VgRequest) file = find (NULL, dir);
  g_autoptr (VgRequest) element =
      find ("<policy xmlns='urn:virt-glance:policy'>"
            "<on event='stopped'" OPTIONS_XML "</policy>",
            "/nonexistent");
  g_autoptr (GError) error = NULL;
  g_autoptr (VgRequest) request =
      vg_request_parse ("<snapshot" OPTIONS_XML, &error);

  g_assert_no_error (error);
  assert_options (file);
  assert_options (element);
  assert_options (request);
}

/* A value that isn't allowed is an error of the policy already. */
static void
test_wrong_value (void)
{
  g_autoptr (VgDomain) domain =
      make_domain ("<policy xmlns='urn:virt-glance:policy'>"
                   "<on event='stopped' format='vmdk'/></policy>");
  g_autoptr (VgRequest) request = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (vg_policy_find (domain, VG_EVENT_STOPPED, "/nonexistent",
                                  &request, &error));
  g_assert_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID);
  g_assert_nonnull (
      strstr (error->message, "format is raw or qcow2, not 'vmdk'"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy/element", test_element);
  g_test_add_func ("/policy/virsh", test_virsh);
  g_test_add_func ("/policy/none", test_none);
  g_test_add_func ("/policy/wrong-element", test_wrong_element);
  g_test_add_func ("/policy/files", test_files);
  g_test_add_func ("/policy/flavor", test_flavor);
  g_test_add_func ("/policy/conditions", test_conditions);
  g_test_add_func ("/policy/wrong-files", test_wrong_files);
  g_test_add_func ("/policy/backup", test_backup);
  g_test_add_func ("/policy/backup-types", test_backup_types);
  g_test_add_func ("/policy/options", test_options);
  g_test_add_func ("/policy/wrong-value", test_wrong_value);
  return g_test_run ();
}
