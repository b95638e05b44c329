/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests and standing orders: what they say, whose word goes first, and that
 * what is wrong in them is told. */
#include "request/policy.h"

#include <string.h>

#include "lib/workdir.h"

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

static VgWish *
find (const char *policy, const char *folder)
{
  g_autoptr (VgDomain) domain = make_domain (policy);
  g_autoptr (GError) error = NULL;
  VgWish *wish = NULL;
  gboolean ok =
      vg_policy_find (domain, VG_EVENT_STOPPED, folder, &wish, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  return wish;
}

static void
assert_wrong (const char *policy, const char *folder, const char *text)
{
  g_autoptr (VgDomain) domain = make_domain (policy);
  g_autoptr (GError) error = NULL;
  VgWish *wish = NULL;

  g_assert_false (
      vg_policy_find (domain, VG_EVENT_STOPPED, folder, &wish, &error));
  g_assert_null (wish);
  g_assert_error (error, VG_POLICY_ERROR, VG_POLICY_ERROR_SYNTAX);
  if (strstr (error->message, text) == NULL)
    g_error ("no '%s' in '%s'", text, error->message);
}

static void
test_element (void)
{
  g_autoptr (VgWish) wish =
      find ("<p:policy xmlns:p='urn:virt-glance:policy'>\n"
            "<!-- nightly --><p:image uuid='x'/>\n"
            "<p:on event='stopped' store='cheap' format='raw' quiesce='never' "
            "encrypted='keep' "
            "disks='vda, vdb' reasons='crashed destroyed'/></p:policy>",
            "/nonexistent");

  g_assert_cmpstr (wish->store, ==, "cheap");
  g_assert_cmpstr (wish->format, ==, "raw");
  g_assert_cmpstr (wish->quiesce, ==, "never");
  g_assert_cmpstr (wish->encrypted, ==, "keep");
  g_assert_cmpstr (wish->disks[0], ==, "vda");
  g_assert_cmpstr (wish->disks[1], ==, "vdb");
  g_assert_null (wish->disks[2]);
  g_assert_false (wish->all_disks);
  g_assert_cmpstr (wish->reasons[0], ==, "crashed");
  g_assert_cmpstr (wish->reasons[1], ==, "destroyed");
  g_assert_null (wish->reasons[2]);
}

/* As virsh leaves it: the inner elements are in no namespace. */
static void
test_virsh (void)
{
  g_autoptr (VgWish) wish =
      find ("<glance:policy xmlns:glance='urn:virt-glance:policy'><on "
            "event='stopped' disks='all'/></glance:policy>",
            "/nonexistent");

  g_assert_null (wish->store);
  g_assert_null (wish->disks);
  g_assert_true (wish->all_disks);
  g_assert_cmpstr (wish->reasons[0], ==, "shutdown");
  g_assert_null (wish->reasons[1]);
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
    { "<on event='stoped'/>", "the event 'stoped' is not known" },
    { "<on store='cheap'/>", "does not say which event" },
    { "<on event='stopped' stor='cheap'/>", "'stor' is not known" },
    { "<on event='stopped' store=''/>", "'store' has no value" },
    { "<on event='stopped' name='x'/>", "'name' is not known" },
    { "<on event='stopped' type='daily'/>", "'type' is not known" },
    { "<on event='backup' type='daily'/>", "does not say 'rotation'" },
    { "<on event='backup' rotation='1'/>", "does not say 'type'" },
    { "<on event='backup' type='a' rotation='-1'/>", "rotation='-1'" },
    { "<on event='backup' type='a' rotation='1' reasons='shutdown'/>",
      "'reasons' is not known" },
    { "<on event='snapshot' type='daily'/>", "does not say 'rotation'" },
    { "<on event='snapshot' rotation='1'/>", "does not say 'type'" },
    { "<on event='snapshot' quiesce='never'/>", "'quiesce' is not known" },
    { "<on event='stopped' from='x'/>", "'from' is not known" },
    { "<on event='stopped' reasons='migrated'/>", "reasons='migrated'" },
    { "<on event='stopped' reasons=' '/>", "names none" },
    { "<on event='stopped'>x</on>", "must be empty, but has 'x'" },
    { "<on event='stopped'><b/></on>", "must be empty, but has 'b'" },
    { "<on event='stopped'/><on event='stopped'/>", "there are two" },
    { "<onn/>", "has <onn> in it" },
    { "<on xmlns='urn:else'/>", "has <on> in it" },
    { "<image uuid='x' id='y'/>", "'id' is not known" },
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
  g_autoptr (VgWish) wish = find (NULL, dir);
  g_autoptr (VgWish) own = find ("<policy xmlns='urn:virt-glance:policy'>"
                                 "<on event='stopped' store='own'/></policy>",
                                 dir);

  g_assert_cmpstr (wish->store, ==, "first");
  g_assert_cmpstr (wish->reasons[1], ==, "crashed");
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
    g_autoptr (VgWish) wish = find (NULL, dir);

    g_test_message ("%s", cases[i].line);
    g_assert_true ((wish != NULL) == cases[i].fits);
  }
}

static void
test_wrong_files (void)
{
  static const struct {
    const char *content, *text;
  } cases[] = {
    { "on = stopped\n", "a.conf can't be read" },
    { "[a]\n", "[a]: it does not say which event" },
    { "[a]\non = started\n", "[a]: the event 'started'" },
    { "[a]\non = stopped\n[b]\non = stopped\ncolor = red\n",
      "a.conf: [b]: 'color' is not known" },
    { "[a]\non = stopped\ndomain = other\nstore =\n", "'store' has no value" },
  };
  g_autoptr (Workdir) dir = workdir_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = workdir_file (dir, "a.conf", cases[i].content);

    assert_wrong (NULL, dir, cases[i].text);
  }
}

static void
test_request (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgWish) wish = vg_wish_parse (
      "<glance:snapshot xmlns:glance='urn:virt-glance:request' name='x y' "
      "store='fast' disks='root'/>",
      &error);

  g_assert_no_error (error);
  g_assert_cmpstr (wish->name, ==, "x y");
  g_assert_cmpstr (wish->store, ==, "fast");
  g_assert_null (wish->disks);
  g_assert_null (wish->reasons);
}

static void
test_backup (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDomain) domain =
      make_domain ("<policy xmlns='urn:virt-glance:policy'>"
                   "<on event='stopped'/>"
                   "<on event='backup' type='weekly' rotation='0'/></policy>");
  g_autoptr (VgWish) request =
      vg_wish_parse ("<backup type='daily' rotation='7' name='n'/>", &error);
  g_autoptr (VgWish) wish = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (request->backup_type, ==, "daily");
  g_assert_cmpuint (request->rotation, ==, 7);
  g_assert_cmpstr (request->name, ==, "n");
  g_assert_true (
      vg_policy_find (domain, VG_EVENT_BACKUP, "/nonexistent", &wish, &error));
  g_assert_cmpstr (wish->backup_type, ==, "weekly");
  g_assert_cmpuint (wish->rotation, ==, 0);
  g_assert_null (wish->reasons);
}

static void
test_wrong_request (void)
{
  static const struct {
    const char *xml, *text;
  } cases[] = {
    { "<snapshoot name='x'/>", "the request is <snapshoot>" },
    { "<snapshot nam='x'/>", "<snapshot>: 'nam' is not known" },
    { "<snapshot reasons='shutdown'/>", "'reasons' is not known" },
    { "<snapshot><now/></snapshot>", "must be empty" },
    { "<snapshot name=''/>", "'name' has no value" },
    { "<snapshot type='daily' rotation='3'/>", "'type' is not known" },
    { "<backup type='daily'/>", "<backup>: it does not say 'rotation'" },
    { "<backup type='daily' rotation='many'/>", "rotation='many'" },
    { "", "empty" },
    { "<snapshot", "not well-formed" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (vg_wish_parse (cases[i].xml, &error));
    g_assert_nonnull (error);
    if (strstr (error->message, cases[i].text) == NULL)
      g_error ("no '%s' in '%s'", cases[i].text, error->message);
  }
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
  g_test_add_func ("/policy/request", test_request);
  g_test_add_func ("/policy/backup", test_backup);
  g_test_add_func ("/policy/wrong-request", test_wrong_request);
  return g_test_run ();
}
