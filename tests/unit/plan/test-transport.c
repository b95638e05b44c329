/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which way a disk's bytes take, and in which words. */
#include "plan/transport.h"

#include <string.h>

#include "disk/disk.h"

#define HERE "5f0c3a52-7d0e-4a6c-9a55-0d8a3f6f4b11"
#define ELSEWHERE "99999999-7d0e-4a6c-9a55-0d8a3f6f4b11"

/* A disk that is the RBD image vms/disk, and is cloned. */
typedef struct {
  VgDomainDisk disk;
  VgRbdFacts rbd;
  VgStoreChoice choice;
  VgTransportQuestion question;
} Case;

static Case *
case_new (void)
{
  Case *c = g_new0 (Case, 1);

  c->disk.source = vg_source_new (VG_SOURCE_NETWORK);
  c->disk.source->protocol = g_strdup ("rbd");
  c->disk.source->name = g_strdup ("vms/disk");
  c->disk.source->format = g_strdup ("raw");
  c->rbd.fsid = (char *) HERE;
  c->rbd.can_clone = TRUE;
  c->choice.store = (char *) "ceph";
  c->choice.type = (char *) "rbd";
  c->choice.fsid = (char *) HERE;
  c->choice.pool = (char *) "images";
  c->question.disk = &c->disk;
  c->question.rbd = &c->rbd;
  c->question.choice = &c->choice;
  c->question.format = VG_IMAGE_RAW;
  return c;
}

static void
case_free (Case *c)
{
  vg_source_free (c->disk.source);
  g_free (c);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Case, case_free)

/* text: what the reason has in it, or NULL: there is none. */
static void
expect (const Case *c, VgTransport way, const char *text)
{
  g_autofree char *reason = NULL;

  g_assert_cmpint (vg_transport_choose (&c->question, &reason), ==, way);
  if (text == NULL)
    g_assert_null (reason);
  else if (reason == NULL || strstr (reason, text) == NULL)
    g_error ("expected '%s' in: %s", text, reason);
}

static void
test_clone (void)
{
  g_autoptr (Case) c = case_new ();

  expect (c, VG_TRANSPORT_CLONE, "store ceph is in the disk's Ceph cluster");
  /* UUIDs may be written in either case. */
  c->choice.fsid = (char *) "5F0C3A52-7D0E-4A6C-9A55-0D8A3F6F4B11";
  expect (c, VG_TRANSPORT_CLONE, "store ceph is in the disk's Ceph cluster");
}

static void
test_clone_single (void)
{
  g_autoptr (Case) c = case_new ();

  c->choice.store = NULL;
  expect (c, VG_TRANSPORT_CLONE,
          "Glance's only store is in the disk's Ceph cluster");
}

static void
test_stream (void)
{
  g_autoptr (Case) c = case_new ();

  c->rbd.can_clone = FALSE;
  expect (c, VG_TRANSPORT_STREAM, "lacks the feature 'layering'");
  c->question.format = VG_IMAGE_QCOW2;
  expect (c, VG_TRANSPORT_STREAM, "format is qcow2, but a clone is raw");
  c->choice.fsid = (char *) ELSEWHERE;
  expect (c, VG_TRANSPORT_STREAM, "store ceph is in another Ceph cluster");
  c->choice.pool = NULL;
  expect (c, VG_TRANSPORT_STREAM, "section [store:ceph]");
  c->choice.pool = (char *) "images";
  c->choice.fsid = NULL;
  expect (c, VG_TRANSPORT_STREAM, "section [store:ceph]");
  c->choice.type = (char *) "file";
  expect (c, VG_TRANSPORT_STREAM, "store ceph is not known to be in Ceph");
  c->choice.type = NULL;
  expect (c, VG_TRANSPORT_STREAM, "store ceph is not known to be in Ceph");
  c->choice.store = NULL;
  expect (c, VG_TRANSPORT_STREAM,
          "Glance's only store is not known to be in Ceph");
  c->question.choice = NULL;
  expect (c, VG_TRANSPORT_STREAM, "its store is unknown");
}

static void
test_read (void)
{
  g_autoptr (Case) c = case_new ();
  g_autoptr (GError) problem =
      g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "nobody answered");

  c->question.apart = TRUE;
  expect (c, VG_TRANSPORT_READ,
          "only the hypervisor can capture several disks");
  c->rbd.problem = problem;
  expect (c, VG_TRANSPORT_READ, "nobody answered");
  c->question.rbd = NULL;
  expect (c, VG_TRANSPORT_READ, NULL);
}

/* What is not the bytes of an RBD image is read, whatever Ceph says. */
static void
test_not_rbd (void)
{
  g_autoptr (Case) c = case_new ();

  g_free (c->disk.source->format);
  c->disk.source->format = g_strdup ("qcow2");
  expect (c, VG_TRANSPORT_READ, NULL);
}

static void
test_is_rbd (void)
{
  g_autoptr (Case) c = case_new ();
  VgSource *source = c->disk.source;

  g_assert_true (vg_transport_is_rbd (&c->disk));
  g_clear_pointer (&source->format, g_free);
  g_assert_true (vg_transport_is_rbd (&c->disk));
  source->format = g_strdup ("qcow2");
  g_assert_false (vg_transport_is_rbd (&c->disk));
  g_clear_pointer (&source->format, g_free);

  source->type = VG_SOURCE_FILE;
  g_assert_false (vg_transport_is_rbd (&c->disk));
  source->type = VG_SOURCE_NETWORK;
  source->has_slice = TRUE;
  g_assert_false (vg_transport_is_rbd (&c->disk));
  source->has_slice = FALSE;
  source->encryption = g_strdup ("luks");
  g_assert_true (vg_transport_is_rbd (&c->disk));
  g_clear_pointer (&source->encryption, g_free);
  source->snapshot = g_strdup ("yesterday");
  g_assert_false (vg_transport_is_rbd (&c->disk));
  g_clear_pointer (&source->snapshot, g_free);
  source->backing = vg_source_new (VG_SOURCE_FILE);
  g_assert_false (vg_transport_is_rbd (&c->disk));
  g_clear_pointer (&source->backing, vg_source_free);

  g_assert_true (vg_transport_is_rbd (&c->disk));
  g_clear_pointer (&source->name, g_free);
  g_assert_false (vg_transport_is_rbd (&c->disk));
  source->name = g_strdup ("vms/disk");
  g_free (source->protocol);
  source->protocol = g_strdup ("iscsi");
  g_assert_false (vg_transport_is_rbd (&c->disk));
  g_clear_pointer (&source->protocol, g_free);
  g_assert_false (vg_transport_is_rbd (&c->disk));
}

/* Journals and --json contain these names, so they must not change. */
static void
test_names (void)
{
  g_assert_cmpstr (vg_transport_to_string (VG_TRANSPORT_READ), ==, "read");
  g_assert_cmpstr (vg_transport_to_string (VG_TRANSPORT_STREAM), ==, "stream");
  g_assert_cmpstr (vg_transport_to_string (VG_TRANSPORT_CLONE), ==, "clone");
  g_assert_cmpstr (vg_transport_to_string (VG_TRANSPORT_SAVED), ==, "saved");
  for (guint way = 0; way < VG_N_TRANSPORTS; way++) {
    g_assert_nonnull (vg_transport_to_string ((VgTransport) way));
    g_assert_nonnull (vg_transport_describe ((VgTransport) way));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/way/clone", test_clone);
  g_test_add_func ("/way/clone-single", test_clone_single);
  g_test_add_func ("/way/stream", test_stream);
  g_test_add_func ("/way/read", test_read);
  g_test_add_func ("/way/not-rbd", test_not_rbd);
  g_test_add_func ("/way/is-rbd", test_is_rbd);
  g_test_add_func ("/way/names", test_names);
  return g_test_run ();
}
