/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parsing of disks: source, chain, flags. */
#include "domain/domain.h"

#include <string.h>

#include "lib/domain-file.h"

#define VOLUME "9c2e7b1a-52f4-4b59-8a5f-1f0e3d2c4b6a"

static VgDomainDisk *
disk_of (const VgDomain *domain, const char *name)
{
  g_autoptr (GError) error = NULL;
  VgDomainDisk *disk = vg_domain_find_disk (domain, name, &error);

  g_assert_no_error (error);
  return disk;
}

static void
test_disk_types (void)
{
  static const struct {
    const char *target;
    VgDiskDevice device;
    VgSourceType type;
    const char *shown;
  } expected[] = {
    { "vda", VG_DEVICE_DISK, VG_SOURCE_BLOCK, "/dev/vg0/system" },
    { "fda", VG_DEVICE_FLOPPY, VG_SOURCE_DIR, "/srv/floppy" },
    { "vdb", VG_DEVICE_DISK, VG_SOURCE_NETWORK, "rbd:pool/image" },
    { "sda", VG_DEVICE_LUN, VG_SOURCE_NETWORK,
      "iscsi:iqn.2013-07.com.example:iscsi-pool/1" },
    { "sdb", VG_DEVICE_CDROM, VG_SOURCE_NETWORK, "https:iso/debian.iso" },
    { "vdc", VG_DEVICE_DISK, VG_SOURCE_VOLUME, "default/guest.qcow2" },
    { "vdd", VG_DEVICE_DISK, VG_SOURCE_NVME, "nvme" },
    { "vde", VG_DEVICE_DISK, VG_SOURCE_VHOST_USER, "/run/spdk/vhost.0" },
    { "vdf", VG_DEVICE_DISK, VG_SOURCE_VHOST_VDPA, "/dev/vhost-vdpa-0" },
    { "vdg", VG_DEVICE_DISK, VG_SOURCE_OTHER, "quantum" },
    { "vdh", VG_DEVICE_DISK, VG_SOURCE_FILE, "/srv/default.img" },
    { "hda", VG_DEVICE_CDROM, VG_SOURCE_NONE, "no medium" },
    { "hdb", VG_DEVICE_CDROM, VG_SOURCE_NONE, "no medium" },
  };
  g_autoptr (VgDomain) domain = domain_file_parse ("disk-types");

  g_assert_cmpuint (domain->disks->len, ==, G_N_ELEMENTS (expected));
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
    const VgDomainDisk *disk = domain->disks->pdata[i];
    g_autofree char *shown = vg_source_describe (disk->source);

    g_assert_cmpstr (disk->target, ==, expected[i].target);
    g_assert_cmpint (disk->device, ==, expected[i].device);
    g_assert_cmpint (disk->source->type, ==, expected[i].type);
    g_assert_cmpstr (shown, ==, expected[i].shown);
    g_assert_false (disk->source->backing_known);
  }
}

static void
test_network (void)
{
  g_autoptr (VgDomain) domain = domain_file_parse ("nova-volume-29");
  g_autoptr (VgDomain) types = domain_file_parse ("disk-types");
  const VgSource *rbd = domain->root->source;
  const VgSource *second = disk_of (types, "vdb")->source;
  const VgSource *iscsi = disk_of (types, "sda")->source;
  const VgSourceHost *host;

  g_assert_cmpstr (rbd->protocol, ==, "rbd");
  g_assert_cmpstr (rbd->auth_user, ==, "cinder");
  g_assert_cmpstr (rbd->secret_type, ==, "ceph");
  g_assert_cmpstr (rbd->secret_uuid, ==,
                   "457eb676-33da-42ec-9a8c-9293d545c337");
  g_assert_null (rbd->secret_usage);
  g_assert_cmpuint (rbd->hosts->len, ==, 2);
  host = rbd->hosts->pdata[1];
  g_assert_cmpstr (host->name, ==, "2001:db8::22");
  g_assert_cmpstr (host->port, ==, "6789");
  g_assert_null (host->socket);

  g_assert_cmpstr (second->snapshot, ==, "before");
  g_assert_cmpstr (second->config_file, ==, "/etc/ceph/second.conf");
  g_assert_cmpstr (second->auth_user, ==, "guest");
  g_assert_cmpstr (second->secret_usage, ==, "guest ceph");
  g_assert_cmpuint (second->hosts->len, ==, 0);

  g_assert_cmpstr (iscsi->secret_type, ==, "iscsi");
  g_assert_false (iscsi->tls);
}

static void
test_live_chain (void)
{
  g_autoptr (VgDomain) domain = domain_file_parse ("live-chain");
  const VgSource *layer = domain->root->source;

  g_assert_cmpstr (domain->root->alias, ==, "virtio-disk0");
  g_assert_cmpstr (domain->dac_label, ==, "+64055:+994");
  g_assert_true (domain->has_agent);
  g_assert_false (domain->agent_connected);

  g_assert_true (layer->backing_known);
  layer = layer->backing;
  g_assert_cmpstr (layer->format, ==, "qcow2");
  g_assert_cmpstr (layer->path, ==, "/var/lib/libvirt/images/web.snap1");
  layer = layer->backing;
  g_assert_cmpint (layer->type, ==, VG_SOURCE_NETWORK);
  g_assert_true (layer->tls);
  g_assert_cmpstr (((VgSourceHost *) layer->hosts->pdata[0])->socket, ==,
                   "/run/nbd/web.sock");
  layer = layer->backing;
  g_assert_cmpstr (layer->format, ==, "raw");
  g_assert_cmpstr (layer->path, ==, "/dev/vg0/golden");
  g_assert_true (layer->backing_known);
  g_assert_null (layer->backing);
}

static void
test_unfinished_chain (void)
{
  g_autoptr (VgDomain) domain = domain_file_parse ("chain-unfinished");
  const VgSource *layer = domain->root->source;

  g_assert_true (layer->backing_known);
  g_assert_nonnull (layer->backing);
  g_assert_false (layer->backing->backing_known);
  g_assert_null (layer->backing->backing);
}

static void
test_flags (void)
{
  g_autoptr (VgDomain) encrypted = domain_file_parse ("encrypted");
  g_autoptr (VgDomain) transient = domain_file_parse ("transient-and-slice");
  g_autoptr (VgDomain) mixed = domain_file_parse ("floppy-cdrom-disk");
  g_autoptr (VgDomain) nova = domain_file_parse ("nova-rbd-root");

  g_assert_cmpstr (disk_of (encrypted, "vda")->source->encryption, ==, "luks");
  g_assert_cmpstr (disk_of (encrypted, "vdb")->source->encryption, ==, "luks2");
  g_assert_null (transient->root->source->encryption);
  g_assert_true (transient->root->transient);
  g_assert_true (transient->root->source->has_slice);
  g_assert_false (encrypted->root->transient);
  g_assert_false (encrypted->root->source->has_slice);

  g_assert_true (disk_of (mixed, "sda")->readonly);
  g_assert_cmpuint (disk_of (mixed, "sda")->boot_order, ==, 1);
  g_assert_cmpstr (disk_of (mixed, "sda")->bus, ==, "sata");
  g_assert_true (mixed->root->shareable);
  g_assert_false (mixed->root->readonly);
  g_assert_cmpuint (disk_of (mixed, "fda")->boot_order, ==, 0);

  g_assert_cmpstr (disk_of (nova, "vdb")->volume_id, ==, VOLUME);
  g_assert_cmpstr (disk_of (nova, "vdb")->serial, ==, VOLUME);
  g_assert_null (nova->root->volume_id);
}

static void
test_find_disk (void)
{
  g_autoptr (VgDomain) domain = domain_file_parse ("floppy-cdrom-disk");
  g_autoptr (VgDomain) empty = domain_file_parse ("no-disks");
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) none = NULL;

  g_assert_true (disk_of (domain, "vdb") == domain->root);
  g_assert_true (disk_of (domain, "/srv/system.qcow2") == domain->root);
  g_assert_null (vg_domain_find_disk (domain, "vd\nb", &error));
  g_assert_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_UNKNOWN_DISK);
  g_assert_cmpstr (error->message, ==,
                   "domain 'floppy-cdrom-disk' has no disk 'vd\\x0ab'; its "
                   "disks: fda (floppy), sda (cdrom), vda, vdb");
  g_assert_null (vg_domain_find_disk (empty, "vda", &none));
  g_assert_cmpstr (none->message, ==,
                   "domain 'no-disks' has no disk 'vda'; its disks: none at "
                   "all");
}

static void
test_get_root (void)
{
  g_autoptr (VgDomain) plain = domain_file_parse ("plain");
  g_autoptr (VgDomain) empty = domain_file_parse ("no-disks");
  g_autoptr (VgDomain) cdrom = domain_file_parse ("cdrom-only");
  g_autoptr (GError) none = NULL;
  g_autoptr (GError) removable = NULL;

  g_assert_true (vg_domain_get_root (plain, NULL) == plain->root);
  g_assert_null (vg_domain_get_root (empty, &none));
  g_assert_error (none, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_NO_DISK);
  g_assert_cmpstr (
      none->message, ==,
      "domain 'no-disks' has no disk to snapshot: it has no disks");
  g_assert_null (vg_domain_get_root (cdrom, &removable));
  g_assert_error (removable, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_NO_DISK);
  g_assert_cmpstr (removable->message, ==,
                   "domain 'cdrom-only' has no disk to snapshot, only "
                   "removable media: sda (cdrom), sdb (cdrom)");
}

static GString *
begin_domain (void)
{
  return g_string_new ("<domain><name>x</name><devices>");
}

static void
end_domain (GString *text)
{
  g_string_append (text, "</devices></domain>");
}

/* A message lists only the first of many disks. */
static void
test_many_disks (void)
{
  GString *text = begin_domain ();
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDomain) domain = NULL;

  for (guint i = 0; i < 5000; i++)
    g_string_append_printf (text, "<disk><target dev='d%u'/></disk>", i);
  end_domain (text);
  domain = vg_domain_parse (text->str, -1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (domain->disks->len, ==, 5000);
  g_assert_null (vg_domain_find_disk (domain, "vda", &error));
  g_assert_true (g_str_has_suffix (error->message, "d14, d15 and 4984 more"));
  g_string_free (text, TRUE);
}

/* A disk with that many layers below. */
static char *
make_chain (guint depth)
{
  GString *text = begin_domain ();

  g_string_append (text, "<disk><target dev='vda'/><source file='/top'/>");
  for (guint i = 0; i < depth; i++)
    g_string_append (text, "<backingStore type='file'><format type='qcow2'/>"
                           "<source file='/x'/>");
  for (guint i = 0; i < depth; i++)
    g_string_append (text, "</backingStore>");
  g_string_append (text, "</disk>");
  end_domain (text);
  return g_string_free (text, FALSE);
}

static void
test_deep_chain (void)
{
  g_autofree char *most = make_chain (200);
  g_autofree char *more = make_chain (201);
  g_autofree char *many = make_chain (50000);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) too_deep = NULL;
  g_autoptr (GError) far_too_deep = NULL;
  g_autoptr (VgDomain) domain = vg_domain_parse (most, -1, &error);
  guint depth = 0;

  g_assert_no_error (error);
  for (const VgSource *layer = domain->root->source; layer->backing;
       layer = layer->backing)
    depth++;
  g_assert_cmpuint (depth, ==, 200);
  g_assert_null (vg_domain_parse (more, -1, &too_deep));
  g_assert_error (too_deep, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML);
  g_assert_nonnull (strstr (too_deep->message, "than the 200 layers"));
  g_assert_null (vg_domain_parse (many, -1, &far_too_deep));
  g_assert_error (far_too_deep, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/domain-disks/types", test_disk_types);
  g_test_add_func ("/domain-disks/network", test_network);
  g_test_add_func ("/domain-disks/live-chain", test_live_chain);
  g_test_add_func ("/domain-disks/unfinished-chain", test_unfinished_chain);
  g_test_add_func ("/domain-disks/flags", test_flags);
  g_test_add_func ("/domain-disks/find-disk", test_find_disk);
  g_test_add_func ("/domain-disks/get-root", test_get_root);
  g_test_add_func ("/domain-disks/many", test_many_disks);
  g_test_add_func ("/domain-disks/deep-chain", test_deep_chain);
  return g_test_run ();
}
