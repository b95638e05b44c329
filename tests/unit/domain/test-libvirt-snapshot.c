/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parsing of a libvirt snapshot's XML: the state of each disk, refusals and
 * their reasons. */
#include "domain/libvirt-snapshot.h"

#include <string.h>

#define QCOW2(target, path, backing)                                           \
  "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>"         \
  "<source file='" path "'/>" backing "<target dev='" target "'/></disk>"
#define RBD(target)                                                            \
  "<disk type='network' device='disk'><driver name='qemu' type='raw'/>"        \
  "<source protocol='rbd' name='vms/d'/><target dev='" target "'/></disk>"
#define LAYER(type, source)                                                    \
  "<backingStore type='" type "'><format type='raw'/>" source                  \
  "<backingStore/></backingStore>"

#define EXTERNAL                                                               \
  "<disk name='vda' snapshot='external' type='file'><driver type='qcow2'/>"    \
  "<source file='/srv/a.new'/></disk>"
#define INTERNAL "<disk name='vda' snapshot='internal'/>"

static VgLibvirtSnapshot *
parse_snapshot (const char *facts, const char *disks, const char *then)
{
  g_autofree char *xml = g_strdup_printf (
      "<domainsnapshot><name>nightly</name>"
      "<creationTime>1700000000</creationTime>%s<disks>%s</disks>"
      "<domain><name>guest</name><devices>%s</devices></domain>"
      "</domainsnapshot>",
      facts, disks, then);
  g_autoptr (GError) error = NULL;
  VgLibvirtSnapshot *savepoint = vg_libvirt_snapshot_parse (xml, &error);

  g_assert_no_error (error);
  return savepoint;
}

static VgDomain *
parse_domain (const char *disks)
{
  g_autofree char *xml = g_strdup_printf (
      "<domain><name>guest</name><devices>%s</devices></domain>", disks);
  g_autoptr (GError) error = NULL;
  VgDomain *domain = vg_domain_parse (xml, -1, &error);

  g_assert_no_error (error);
  return domain;
}

static void
test_parse (void)
{
  g_autoptr (VgLibvirtSnapshot) savepoint = parse_snapshot (
      "<state>disk-snapshot</state><memory snapshot='no'/>",
      EXTERNAL "<disk name='vdb' snapshot='internal'/><disk/>"
               "<disk name='vdc' snapshot='no'/>"
               "<disk name='vdd' snapshot='external' type='block'>"
               "<source dev='/dev/v'/></disk>",
      QCOW2 ("vda", "/srv/a", "") QCOW2 ("vdb", "/srv/b", ""));
  const VgSavedDisk *disk = savepoint->disks->pdata[0];

  g_assert_cmpstr (savepoint->name, ==, "nightly");
  g_assert_cmpint (savepoint->created, ==, 1700000000);
  g_assert_false (savepoint->has_memory);
  g_assert_cmpuint (savepoint->disks->len, ==, 4);
  g_assert_cmpstr (disk->target, ==, "vda");
  g_assert_cmpint (disk->kind, ==, VG_SAVED_EXTERNAL);
  g_assert_cmpstr (disk->overlay, ==, "/srv/a.new");
  g_assert_cmpstr (disk->source->path, ==, "/srv/a");
  g_assert_cmpstr (disk->source->format, ==, "qcow2");
  disk = savepoint->disks->pdata[1];
  g_assert_cmpint (disk->kind, ==, VG_SAVED_INTERNAL);
  g_assert_cmpstr (disk->source->path, ==, "/srv/b");
  disk = savepoint->disks->pdata[2];
  g_assert_cmpint (disk->kind, ==, VG_SAVED_NOT);
  g_assert_null (disk->source);
  disk = savepoint->disks->pdata[3];
  g_assert_cmpstr (disk->overlay, ==, "/dev/v");
}

static void
test_wrong (void)
{
  static const char *const texts[] = { "<domain><name>x</name></domain>",
                                       "<domainsnapshot/>" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (vg_libvirt_snapshot_parse (texts[i], &error));
    g_assert_error (error, VG_LIBVIRT_SNAPSHOT_ERROR,
                    VG_LIBVIRT_SNAPSHOT_ERROR_XML);
  }
}

static void
test_memory (void)
{
  static const struct {
    const char *facts;
    gboolean memory;
  } cases[] = {
    { "", FALSE },
    { "<state>shutoff</state>", FALSE },
    { "<state>running</state>", TRUE },
    { "<state>paused</state>", TRUE },
    { "<state>running</state><memory snapshot='no'/>", FALSE },
    { "<memory snapshot='internal'/>", TRUE },
    { "<memory snapshot='external' file='/srv/m'/>", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (VgLibvirtSnapshot) savepoint =
        parse_snapshot (cases[i].facts, "", "");

    g_assert_cmpint (savepoint->has_memory, ==, cases[i].memory);
  }
}

/* Lookups of vda. why NULL: the lookup succeeds. */
static const struct {
  const char *facts, *saved, *then, *now;
  gboolean active;
  const char *why;
} cases[] = {
  { "", EXTERNAL, QCOW2 ("vda", "/srv/a", ""),
    QCOW2 ("vda", "/srv/a.new", LAYER ("file", "<source file='/srv/a'/>")),
    TRUE, NULL },
  { "", EXTERNAL, QCOW2 ("vda", "/srv/a", ""), QCOW2 ("vda", "/srv/a.new", ""),
    FALSE, NULL },
  { "", INTERNAL, QCOW2 ("vda", "/srv/a", ""), QCOW2 ("vda", "/srv/a", ""),
    FALSE, NULL },
  { "<memory snapshot='internal'/>", INTERNAL, QCOW2 ("vda", "/srv/a", ""),
    QCOW2 ("vda", "/srv/a", ""), FALSE,
    "includes the memory of the running guest" },
  { "<memory snapshot='external'/>", EXTERNAL, QCOW2 ("vda", "/srv/a", ""),
    QCOW2 ("vda", "/srv/a.new", ""), TRUE, "memory of the running guest" },
  { "", "", QCOW2 ("vda", "/srv/a", ""), QCOW2 ("vda", "/srv/a", ""), FALSE,
    "it has no state of disk vda" },
  { "", "<disk name='vda' snapshot='no'/>", QCOW2 ("vda", "/srv/a", ""),
    QCOW2 ("vda", "/srv/a", ""), FALSE, "it has no state of disk vda" },
  { "", "<disk name='vda' snapshot='manual'/>", QCOW2 ("vda", "/srv/a", ""),
    QCOW2 ("vda", "/srv/a", ""), FALSE, "not kept by libvirt" },
  { "", INTERNAL, QCOW2 ("vda", "/srv/a", ""), QCOW2 ("vda", "/srv/a", ""),
    TRUE, "inside the file that the running domain writes to" },
  { "", INTERNAL, RBD ("vda"), RBD ("vda"), FALSE,
    "of format 'raw' and type 'network'" },
  { "", INTERNAL, QCOW2 ("vda", "/srv/a", ""), QCOW2 ("vda", "/srv/b", ""),
    FALSE, "inside /srv/a, but the domain's disk is now another file, /srv/b" },
  { "", INTERNAL, QCOW2 ("vda", "/srv/a", ""),
    QCOW2 ("vda", "/srv/a", "<encryption format='luks'/>"), FALSE,
    "disk vda is encrypted" },
  { "", EXTERNAL, QCOW2 ("vda", "/srv/a", "<encryption format='luks'/>"),
    QCOW2 ("vda", "/srv/a.new", ""), TRUE, "disk vda is encrypted" },
  { "", INTERNAL, "", QCOW2 ("vda", "/srv/b", ""), FALSE,
    "inside an unknown file" },
  { "", EXTERNAL, RBD ("vda"),
    QCOW2 ("vda", "/srv/a.new",
           LAYER ("network", "<source protocol='rbd' name='vms/d'/>")),
    TRUE, "is in rbd:vms/d, which is not a file" },
  { "", EXTERNAL, QCOW2 ("vda", "/srv/a", ""),
    QCOW2 ("vda", "/srv/a.new",
           LAYER ("network", "<source protocol='rbd' name='vms/d'/>")),
    TRUE, "is in rbd:vms/d, which is not a file" },
  { "", EXTERNAL, "", QCOW2 ("vda", "/srv/a.new", ""), TRUE,
    "an unknown place" },
  { "",
    "<disk name='vda' snapshot='external' type='network'>"
    "<source protocol='rbd' name='vms/e'/></disk>",
    QCOW2 ("vda", "/srv/a", ""), RBD ("vda"), TRUE,
    "to something other than a file" },
};

static void
test_get_disk (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (VgLibvirtSnapshot) savepoint =
        parse_snapshot (cases[i].facts, cases[i].saved, cases[i].then);
    g_autoptr (VgDomain) domain = parse_domain (cases[i].now);
    g_autoptr (GError) error = NULL;
    const VgSavedDisk *disk = vg_libvirt_snapshot_get_disk (
        savepoint, domain, domain->disks->pdata[0], cases[i].active, &error);

    if (cases[i].why == NULL) {
      g_assert_no_error (error);
      g_assert_cmpstr (disk->target, ==, "vda");
      continue;
    }
    g_assert_null (disk);
    g_assert_error (error, VG_LIBVIRT_SNAPSHOT_ERROR,
                    VG_LIBVIRT_SNAPSHOT_ERROR_REFUSED);
    if (strstr (error->message, cases[i].why) == NULL
        || strstr (error->message, "snapshot 'nightly' of domain guest")
               == NULL)
      g_error ("no '%s' in: %s", cases[i].why, error->message);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/savepoint/parse", test_parse);
  g_test_add_func ("/savepoint/wrong", test_wrong);
  g_test_add_func ("/savepoint/memory", test_memory);
  g_test_add_func ("/savepoint/get-disk", test_get_disk);
  return g_test_run ();
}
