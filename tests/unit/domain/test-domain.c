/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses every file of tests/data/domain and checks the result. */
#include "domain/domain.h"

#include <string.h>
#include <time.h>

#include <libxml/parser.h>

#include "lib/domain-file.h"

#define IMAGE "3f1a5c1e-0d5b-4d4e-9a35-6d1f0c0a77e2"
#define VOLUME "9c2e7b1a-52f4-4b59-8a5f-1f0e3d2c4b6a"
#define NOVA_UUID "d4c5b6a7-1f2e-4d3c-8b9a-0a1b2c3d4e5f"
#define PLAIN_UUID "2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8"
#define INSTANCES "/var/lib/nova/instances/" NOVA_UUID
#define SERIAL "the disk's serial"
#define ALIAS "the disk's alias"
#define SOURCE_NAME "the name of the disk's source"
#define POLICY "the policy element"

typedef struct {
  const char *file;
  guint n_disks;
  const char *root;   /* target of the root disk, or NULL */
  const char *source; /* vg_source_describe() of the root disk */
  const char *format; /* format of the root disk */
  const char *volume; /* volume of the root disk */
  VgOrigin origin;
  const char *image;
  const char *from;
} Good;

static const Good good[] = {
  { "nova-image-1.0", 1, "vda", INSTANCES "/disk", "qcow2", NULL,
    VG_ORIGIN_IMAGE, IMAGE, "nova:root" },
  { "nova-image-1.1", 2, "vda", INSTANCES "/disk", "qcow2", NULL,
    VG_ORIGIN_IMAGE, IMAGE, "nova:root" },
  { "nova-image-no-root", 1, "vda", INSTANCES "/disk", "qcow2", NULL,
    VG_ORIGIN_IMAGE, IMAGE, "nova:image" },
  { "nova-image-bad-root", 1, "vda", INSTANCES "/disk", "qcow2", NULL,
    VG_ORIGIN_IMAGE, IMAGE, "nova:image" },
  { "nova-image-bad-everything", 1, "vda", INSTANCES "/disk", "qcow2", NULL,
    VG_ORIGIN_UNKNOWN, NULL, NULL },
  { "nova-volume-29", 1, "vda", "rbd:volumes/volume-" VOLUME, "raw", VOLUME,
    VG_ORIGIN_VOLUME, NULL, SERIAL },
  { "nova-volume-30", 1, "vda", "rbd:volumes/renamed", "raw", NULL,
    VG_ORIGIN_VOLUME, NULL, "nova:root" },
  { "nova-volume-32", 1, "vda", "rbd:volumes/volume-" VOLUME, "raw", VOLUME,
    VG_ORIGIN_VOLUME, IMAGE, SERIAL },
  { "nova-volume-alias", 1, "sda", "/dev/dm-4", "raw", VOLUME, VG_ORIGIN_VOLUME,
    NULL, ALIAS },
  { "nova-volume-iscsi-lun", 1, "sda",
    "/dev/disk/by-path/ip-10.0.0.5:3260-iscsi-iqn.2010-10.org.openstack:"
    "volume-" VOLUME "-lun-1",
    "raw", VOLUME, VG_ORIGIN_VOLUME, NULL, SOURCE_NAME },
  { "nova-volume-nfs", 1, "vda",
    "/var/lib/nova/mnt/7c1b5f0c9d8e7f6a5b4c3d2e1f0a9b8c/volume-" VOLUME,
    "qcow2", VOLUME, VG_ORIGIN_VOLUME, NULL, SERIAL },
  { "nova-rbd-root", 3, "vda", "rbd:vms/" NOVA_UUID "_disk", "raw", NULL,
    VG_ORIGIN_IMAGE, IMAGE, "nova:root" },
  { "nova-companions", 4, "vdc", "rbd:volumes/volume-" VOLUME, "raw", VOLUME,
    VG_ORIGIN_VOLUME, NULL, SERIAL },
  { "nova-rescue", 2, "vdb", INSTANCES "/disk", "qcow2", NULL, VG_ORIGIN_IMAGE,
    IMAGE, "nova:root" },
  { "nova-with-policy", 1, "vda", INSTANCES "/disk", "qcow2", NULL,
    VG_ORIGIN_IMAGE, IMAGE, POLICY },
  { "plain", 1, "vda", "/var/lib/libvirt/images/plain.qcow2", "qcow2", NULL,
    VG_ORIGIN_UNKNOWN, NULL, NULL },
  { "plain-policy", 1, "vda", "/var/lib/libvirt/images/plain.qcow2", "qcow2",
    NULL, VG_ORIGIN_IMAGE, IMAGE, POLICY },
  { "plain-policy-virsh", 1, "vda", "/var/lib/libvirt/images/plain.qcow2",
    "qcow2", NULL, VG_ORIGIN_IMAGE, IMAGE, POLICY },
  { "plain-policy-bad", 1, "vda", "/var/lib/libvirt/images/plain.qcow2",
    "qcow2", NULL, VG_ORIGIN_UNKNOWN, NULL, NULL },
  { "plain-policy-over-serial", 1, "vda", "/var/lib/libvirt/images/plain.qcow2",
    "qcow2", VOLUME, VG_ORIGIN_IMAGE, IMAGE, POLICY },
  { "plain-other-namespace", 1, "vda", "/var/lib/libvirt/images/plain.qcow2",
    "qcow2", NULL, VG_ORIGIN_UNKNOWN, NULL, NULL },
  { "plain-hardware", 1, "sda", "/var/lib/libvirt/images/hardware.qcow2",
    "qcow2", NULL, VG_ORIGIN_UNKNOWN, NULL, NULL },
  { "no-disks", 0 },
  { "no-devices", 0 },
  { "cdrom-only", 2 },
  { "floppy-cdrom-disk", 4, "vdb", "/srv/system.qcow2", "qcow2" },
  { "boot-order-late", 2, "vdb", "/srv/system.qcow2", "qcow2" },
  { "live-chain", 1, "vda", "/var/lib/libvirt/images/web.snap2", "qcow2" },
  { "chain-unfinished", 1, "vda", "/srv/top.qcow2", "qcow2" },
  { "encrypted", 2, "vda", "/srv/luks.img", "raw" },
  { "transient-and-slice", 1, "vda", "/srv/shared.img", "qcow2" },
  { "disk-types", 13, "vda", "/dev/vg0/system", "raw" },
  { "odd-names", 1, "vda", "/srv/a b/it's\nnew line.qcow2", "qcow2", NULL,
    VG_ORIGIN_IMAGE, IMAGE, "nova:image" },
  { "odd-latin1-declared", 0 },
  { "odd-bom", 0 },
  { "odd-cdata", 1, "vda", "/srv/<x>", NULL },
};

static const struct {
  const char *file;
  const char *message; /* a pattern */
} bad[] = {
  { "bad-billion-laughs", "*<!DOCTYPE*refused*" },
  { "bad-entity-file", "*<!DOCTYPE*refused*" },
  { "bad-entity-http", "*<!DOCTYPE*refused*" },
  { "bad-doctype", "*<!DOCTYPE*refused*" },
  { "bad-entity-unknown", "*line 2: *nbsp*" },
  { "bad-truncated", "*not well-formed at line *" },
  { "bad-mismatch", "*line 2: *name*nome*" },
  { "bad-two-roots", "*line 2: *" },
  { "bad-empty", "*is empty*" },
  { "bad-blank", "*not well-formed*" },
  { "bad-garbage", "*line 1 *not UTF-8*0x00*" },
  { "bad-text", "*line 1: *" },
  { "bad-nul", "*line 2 *0x00*" },
  { "bad-utf8", "*line 2 *not UTF-8*0xe9*" },
  { "bad-utf16", "*not UTF-8*0xff*" },
  { "bad-control", "*line 2: *" },
  { "bad-root", "*<domainsnapshot>, not <domain>*" },
  { "bad-namespace", "*<domain> is in the namespace 'urn:other'*" },
  { "bad-no-name", "*no <name>*" },
  { "bad-name-newline", "*line break*" },
  { "bad-uuid", "*2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7*" },
  { "bad-no-target", "*line 4 *no <target dev>*" },
  { "bad-device", "*line 4 *'tape'*" },
};

static void
check_good (const Good *expected)
{
  g_autoptr (VgDomain) domain = domain_file_parse (expected->file);
  g_autofree char *source = NULL;

  g_test_message ("%s", expected->file);
  g_assert_cmpuint (domain->disks->len, ==, expected->n_disks);
  g_assert_cmpint (domain->origin, ==, expected->origin);
  g_assert_cmpstr (domain->image_ref, ==, expected->image);
  g_assert_cmpstr (domain->origin_from, ==, expected->from);
  if (expected->root == NULL) {
    g_assert_null (domain->root);
    return;
  }
  g_assert_nonnull (domain->root);
  source = vg_source_describe (domain->root->source);
  g_assert_cmpstr (domain->root->target, ==, expected->root);
  g_assert_cmpstr (source, ==, expected->source);
  g_assert_cmpstr (domain->root->source->format, ==, expected->format);
  g_assert_cmpstr (domain->root->volume_id, ==, expected->volume);
}

static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    check_good (&good[i]);
}

static void
check_message (const char *text, gssize length, const char *pattern)
{
  g_autoptr (GError) error = NULL;
  VgDomain *domain = vg_domain_parse (text, length, &error);

  g_assert_null (domain);
  g_assert_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("'%s' is not like '%s'", error->message, pattern);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    gsize length;
    g_autofree char *text = domain_file_load (bad[i].file, &length);

    g_test_message ("%s", bad[i].file);
    check_message (text, (gssize) length, bad[i].message);
  }
}

static gboolean
is_in_a_table (const char *file)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    if (g_str_equal (good[i].file, file))
      return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    if (g_str_equal (bad[i].file, file))
      return TRUE;
  return FALSE;
}

static void
test_every_file (void)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "data", "domain", NULL);
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  g_assert_nonnull (directory);
  while ((name = g_dir_read_name (directory))) {
    g_autofree char *file = g_strndup (name, strlen (name) - strlen (".xml"));

    if (!is_in_a_table (file))
      g_error ("%s is in no table", name);
  }
}

/* Nothing is printed on stderr, and no external entity is loaded. */
static xmlParserInput *
refuse_to_load (const char *url, const char *id G_GNUC_UNUSED,
                xmlParserCtxt *context G_GNUC_UNUSED)
{
  g_error ("the parser asked for %s", url);
  return NULL;
}

static void
test_silent (void)
{
  if (g_test_subprocess ()) {
    xmlSetExternalEntityLoader (refuse_to_load);
    test_bad ();
    test_good ();
    return;
  }
  g_test_trap_subprocess (NULL, 0, (GTestSubprocessFlags) 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("");
}

static void
test_facts (void)
{
  g_autoptr (VgDomain) live = domain_file_parse ("nova-image-1.1");
  g_autoptr (VgDomain) shut = domain_file_parse ("nova-image-1.0");
  g_autoptr (VgDomain) plain = domain_file_parse ("plain");
  g_autoptr (VgDomain) odd = domain_file_parse ("odd-names");
  g_autoptr (VgDomain) bare = domain_file_parse ("no-devices");
  g_autoptr (VgDomain) latin1 = domain_file_parse ("odd-latin1-declared");

  g_assert_cmpstr (live->name, ==, "instance-0000002b");
  g_assert_cmpstr (live->uuid, ==, NOVA_UUID);
  g_assert_cmpstr (live->type, ==, "kvm");
  g_assert_true (live->is_nova);
  g_assert_cmpstr (live->nova_name, ==, "db & cache");
  g_assert_cmpstr (live->owner_project, ==, "5a2d1c3b4e5f60718293a4b5c6d7e8f9");
  g_assert_cmpstr (live->owner_project_name, ==, "shop");
  g_assert_cmpstr (live->owner_user, ==, "8c3f2ab0d9a64b6f9f6f2c4f2f0d9e11");
  g_assert_cmpstr (live->owner_user_name, ==, "alice");
  g_assert_cmpuint (live->flavor_disk, ==, 20);
  g_assert_true (live->has_agent);
  g_assert_true (live->agent_connected);
  g_assert_cmpstr (live->dac_label, ==, "+64055:+64055");
  g_assert_cmpstr (live->confined_by, ==, "apparmor");

  g_assert_true (shut->is_nova);
  g_assert_true (shut->has_agent);
  g_assert_false (shut->agent_connected);
  g_assert_null (shut->dac_label);
  g_assert_null (shut->confined_by);

  g_assert_cmpstr (plain->uuid, ==, PLAIN_UUID);
  g_assert_false (plain->is_nova);
  g_assert_false (plain->has_agent);
  g_assert_null (plain->owner_project);
  g_assert_cmpuint (plain->flavor_disk, ==, 0);

  g_assert_cmpstr (odd->name, ==, "it's a \"guest\"; $(reboot) `id` — ünïcode");
  g_assert_cmpstr (odd->uuid, ==, PLAIN_UUID);
  g_assert_cmpstr (odd->nova_name, ==, "line\nbreak \"quoted\"");

  g_assert_cmpstr (latin1->name, ==, "dömäin");
  g_assert_null (bare->uuid);
  g_assert_null (bare->type);
}

/* An invalid reference to a base image is reported. */
static void
test_origin_problem (void)
{
  g_autoptr (VgDomain) nova = domain_file_parse ("nova-image-bad-everything");
  g_autoptr (VgDomain) policy = domain_file_parse ("plain-policy-bad");
  g_autoptr (VgDomain) plain = domain_file_parse ("plain");

  g_assert_nonnull (nova->origin_problem);
  g_assert_true (g_str_has_prefix (nova->origin_problem, "nova:root names"));
  g_assert_cmpstr (policy->origin_problem, ==,
                   "the policy element names the base image "
                   "'debian 12\\x0alatest', which is not a UUID");
  g_assert_null (plain->origin_problem);
}

static void
test_huge (void)
{
  GString *text = g_string_new ("<domain><name>x</name><title>");
  gsize fits = VG_DOMAIN_XML_MAX - strlen ("</title></domain>");
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDomain) domain = NULL;

  while (text->len < fits)
    g_string_append_c (text, 'x');
  g_string_append (text, "</title></domain>");
  g_assert_cmpuint (text->len, ==, VG_DOMAIN_XML_MAX);
  domain = vg_domain_parse (text->str, (gssize) text->len, &error);
  g_assert_no_error (error);

  g_string_append_c (text, '\n');
  check_message (text->str, (gssize) text->len, "*too long*8*");
  g_string_append_len (text, text->str, 1 << 20);
  check_message (text->str, -1, "*too long*9*8*");
  g_string_free (text, TRUE);
}

/* Truncated XML is refused, wherever it was cut. */
static void
test_truncated (void)
{
  gsize length;
  g_autofree char *text = domain_file_load ("nova-image-1.1", &length);
  gsize last = (gsize) (strrchr (text, '>') - text);

  for (gsize i = 0; i <= last; i++) {
    g_autofree char *part = g_memdup2 (text, i + 1);
    g_autoptr (GError) error = NULL;
    g_autoptr (VgDomain) domain = vg_domain_parse (part, (gssize) i, &error);

    g_assert_null (domain);
    g_assert_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML);
  }
}

/* An element with that many attributes, in a text of more than 64 KiB. */
static void
check_crowd (guint n_attributes, const char *pattern)
{
  GString *text = g_string_new ("<domain><name>x</name>\n<title>");
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDomain) domain = NULL;

  for (guint i = 0; i < 10000; i++)
    g_string_append (text, "a b='c' ");
  g_string_append (text, "</title>\n<a");
  for (guint i = 0; i < n_attributes; i++)
    g_string_append_printf (text, "%sa%x = %s", i % 3 ? " " : "\n ", i,
                            i % 2 ? "'>'" : "\"\"");
  g_string_append (text, "/></domain>");
  if (pattern != NULL) {
    check_message (text->str, (gssize) text->len, pattern);
  } else {
    domain = vg_domain_parse (text->str, (gssize) text->len, &error);
    g_assert_no_error (error);
  }
  g_string_free (text, TRUE);
}

/* That many nested elements, each with its own namespace. */
static void
test_many_namespaces (void)
{
  g_autofree char *blank = g_strnfill (70000, ' ');
  GString *text = g_string_new ("<domain><name>x</name>");

  for (guint i = 0; i < 250; i++)
    g_string_append_printf (text, "<a xmlns:a%u='u' xmlns:b%u='u'>", i, i);
  check_message (text->str, (gssize) text->len, "*not well-formed*");
  g_string_append (text, blank);
  check_message (text->str, (gssize) text->len, "*more than 256 namespaces*");
  g_string_free (text, TRUE);
}

/* The time that this process had on a processor, in µs. */
static gint64
get_cpu_time (void)
{
  struct timespec time;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time);
  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static void
test_many_attributes (void)
{
  gint64 start = get_cpu_time ();

  check_crowd (64, NULL);
  check_crowd (65, "*line 3 *more than 64 attributes*");
  check_crowd (100000, "*line 3 *more than 64 attributes*");
  g_assert_cmpint (get_cpu_time () - start, <, 5 * G_USEC_PER_SEC);
}

static void
test_speed (void)
{
  gsize length;
  g_autofree char *text = domain_file_load ("disk-types", &length);
  const guint rounds = 200;
  gint64 start = get_cpu_time ();
  gint64 each;

  for (guint i = 0; i < rounds; i++) {
    g_autoptr (VgDomain) domain = vg_domain_parse (text, (gssize) length, NULL);

    g_assert_nonnull (domain);
  }
  each = (get_cpu_time () - start) / rounds;
  g_test_message ("%" G_GSIZE_FORMAT " bytes in %" G_GINT64_FORMAT " µs",
                  length, each);
  g_assert_cmpint (each, <, 10000);
}

/* Guest state stored outside of disks. */
static void
test_kept (void)
{
  static const struct {
    const char *os, *devices, *text;
  } cases[] = {
    { "<type>hvm</type>", "", NULL },
    { "<loader>/bios.bin</loader>", "", NULL },
    { "<nvram>/a</nvram>", "", "the firmware's variables (NVRAM)" },
    { "<loader type='pflash'>/c</loader>", "",
      "the firmware's variables (NVRAM)" },
    { "<loader type='pflash' stateless='yes'>/c</loader>", "", NULL },
    { "", "<tpm model='tpm-tis'><backend type='emulator'/></tpm>",
      "the state of the TPM" },
    { "<nvram/>", "<tpm/>",
      "the firmware's variables (NVRAM) and the state of the TPM" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *xml = g_strdup_printf (
        "<domain><name>a</name><os>%s</os><devices>%s</devices></domain>",
        cases[i].os, cases[i].devices);
    g_autoptr (VgDomain) domain = vg_domain_parse (xml, -1, NULL);
    g_autofree char *text = vg_domain_describe_kept (domain->not_contained);

    g_assert_cmpstr (text, ==, cases[i].text);
  }
}

/* Image properties as Nova records them since version 32. */
static void
test_require_quiesce (void)
{
  static const char *const rows[][2] = {
    { "os_require_quiesce", "True" },
    { "os_require_quiesce", "False" },
    { "os_require_fsync", "True" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *xml = g_strdup_printf (
        "<domain><name>g</name><metadata><n:instance "
        "xmlns:n='http://openstack.org/xmlns/libvirt/nova/1.1'><n:image>"
        "<n:properties><n:property name='hw_rng_model'>virtio</n:property>"
        "<n:property name='%s'>%s</n:property></n:properties></n:image>"
        "</n:instance></metadata></domain>",
        rows[i][0], rows[i][1]);
    g_autoptr (VgDomain) domain = vg_domain_parse (xml, -1, NULL);

    g_assert_nonnull (domain);
    g_assert_cmpint (domain->require_quiesce, ==, (i == 0));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/domain/good", test_good);
  g_test_add_func ("/domain/bad", test_bad);
  g_test_add_func ("/domain/every-file", test_every_file);
  g_test_add_func ("/domain/silent", test_silent);
  g_test_add_func ("/domain/facts", test_facts);
  g_test_add_func ("/domain/origin-problem", test_origin_problem);
  g_test_add_func ("/domain/huge", test_huge);
  g_test_add_func ("/domain/truncated", test_truncated);
  g_test_add_func ("/domain/many-namespaces", test_many_namespaces);
  g_test_add_func ("/domain/many-attributes", test_many_attributes);
  g_test_add_func ("/domain/speed", test_speed);
  g_test_add_func ("/domain/kept", test_kept);
  g_test_add_func ("/domain/require-quiesce", test_require_quiesce);
  return g_test_run ();
}
