/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan makes of disks that are RBD images. */
#include "lib/plan-maker.h"

#include <string.h>

#include "disk/disk.h"
#include "plan/error.h"
#include "util/image-format.h"

#define HERE "5f0c3a52-7d0e-4a6c-9a55-0d8a3f6f4b11"
#define ELSEWHERE "99999999-7d0e-4a6c-9a55-0d8a3f6f4b11"

#define RBD(target)                                                            \
  "<disk type='network'><driver type='raw'/>"                                  \
  "<source protocol='rbd' name='vms/" target "'/>"                             \
  "<target dev='" target "'/></disk>"
#define AGENT                                                                  \
  "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' "  \
  "state='connected'/></channel>"
#define FILE_DISK                                                              \
  "<disk type='file'><source file='/srv/b'/><target dev='vdb'/></disk>"

static const VgRbdFacts here = { .fsid = (char *) HERE,
                                 .size = 5,
                                 .can_clone = TRUE,
                                 .deep_flatten = TRUE,
                                 .clone_format = 2 };
static const VgRbdFacts shallow = { .fsid = (char *) HERE,
                                    .can_clone = TRUE,
                                    .clone_format = 2 };
static const VgRbdFacts old = { .fsid = (char *) HERE,
                                .can_clone = TRUE,
                                .deep_flatten = TRUE,
                                .clone_format = 1 };

static void
assert_way (const VgPlan *plan, guint i, VgTransport way)
{
  g_assert_cmpint (plan_source (plan, i)->way, ==, way);
}

/* Of several stores that hold the base image, the one in the disk's cluster. */
static void
test_store (void)
{
  PlanCase input = { .file = "nova-rbd-root",
                     .base_stores = "ceph,cheap,reliable",
                     .places = "ceph " ELSEWHERE " images,cheap " HERE " pool",
                     .rbd = &here };
  g_autoptr (VgPlan) plan = plan_make (&input);
  g_autoptr (VgPlan) blind = NULL;
  const VgPlanImage *disk = plan_image (plan, 0);

  g_assert_cmpstr (disk->choice->store, ==, "cheap");
  g_assert_cmpint (disk->format, ==, VG_IMAGE_RAW);
  assert_way (plan, 0, VG_TRANSPORT_CLONE);
  g_assert_nonnull (strstr (plan_source (plan, 0)->way_reason,
                            "store cheap is in the disk's"));
  g_assert_false (disk->flatten_after);
  g_assert_true (
      vg_plan_sources_have_transport (plan->sources, VG_TRANSPORT_CLONE));
  g_assert_false (
      vg_plan_sources_have_transport (plan->sources, VG_TRANSPORT_READ));
  /* Unasked, Ceph says nothing. */
  input.rbd = NULL;
  blind = plan_make (&input);
  g_assert_cmpstr (plan_image (blind, 0)->choice->store, ==, "reliable");
  assert_way (blind, 0, VG_TRANSPORT_READ);
  g_assert_null (plan_source (blind, 0)->way_reason);
  g_assert_cmpuint (blind->warnings->len, ==, 0);
}

/* A root disk that is a volume goes to the default store; if this is in the
 * volume's cluster, by cloning. */
static void
test_volume (void)
{
  PlanCase input = { .file = "nova-volume-29",
                     .places = "reliable " HERE " images",
                     .rbd = &here };
  g_autoptr (VgPlan) plan = plan_make (&input);
  g_autoptr (VgPlan) other = NULL;
  const VgPlanImage *disk = plan_image (plan, 0);

  g_assert_cmpstr (disk->choice->store, ==, "reliable");
  g_assert_cmpint (disk->choice->rule, ==, VG_STORE_RULE_DEFAULT);
  g_assert_null (disk->choice->base_ref);
  g_assert_cmpint (disk->format, ==, VG_IMAGE_RAW);
  assert_way (plan, 0, VG_TRANSPORT_CLONE);
  input.places = "ceph " HERE " images";
  other = plan_make (&input);
  g_assert_cmpstr (plan_image (other, 0)->choice->store, ==, "reliable");
  assert_way (other, 0, VG_TRANSPORT_STREAM);
}

static void
test_ways (void)
{
  static const struct {
    PlanCase input;
    VgTransport way;
  } cases[] = {
    { { .places = "ceph " HERE " images" }, VG_TRANSPORT_CLONE },
    { { .places = "ceph " HERE " images", .active = TRUE },
      VG_TRANSPORT_CLONE },
    { { .places = "ceph " ELSEWHERE " images" }, VG_TRANSPORT_STREAM },
    { { .places = NULL }, VG_TRANSPORT_STREAM },
    { { .places = "ceph " HERE " images", .format = "qcow2" },
      VG_TRANSPORT_STREAM },
    { { .places = "ceph " HERE " images", .no_stores = TRUE },
      VG_TRANSPORT_STREAM },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    PlanCase input = cases[i].input;
    g_autoptr (VgPlan) plan = NULL;

    input.disks_xml = RBD ("vda");
    input.store = input.no_stores ? NULL : "ceph";
    input.rbd = &here;
    plan = plan_make (&input);
    assert_way (plan, 0, cases[i].way);
    g_assert_cmpuint (plan->warnings->len, ==, 0);
  }
}

static void
test_flatten (void)
{
  PlanCase input = { .disks_xml = RBD ("vda"),
                     .store = "ceph",
                     .places = "ceph " HERE " images",
                     .flatten_after = TRUE,
                     .rbd = &here };
  g_autoptr (VgPlan) after = plan_make (&input);
  g_autoptr (VgPlan) before = NULL, streamed = NULL;

  g_assert_true (plan_image (after, 0)->flatten_after);
  g_assert_cmpuint (after->warnings->len, ==, 0);

  input.rbd = &shallow;
  before = plan_make (&input);
  assert_way (before, 0, VG_TRANSPORT_CLONE);
  g_assert_false (plan_image (before, 0)->flatten_after);
  g_assert_cmpuint (before->warnings->len, ==, 1);
  g_assert_nonnull (strstr (before->warnings->pdata[0], "'deep-flatten'"));

  input.rbd = &old;
  plan_fail (&input, VG_PLAN_ERROR, VG_PLAN_ERROR_DISK,
             "set-require-min-compat-client mimic");
  /* What isn't cloned isn't flattened. */
  input.format = "qcow2";
  streamed = plan_make (&input);
  assert_way (streamed, 0, VG_TRANSPORT_STREAM);
  g_assert_false (plan_image (streamed, 0)->flatten_after);
}

/* Of a running guest they are of one instant, frozen or by the hypervisor. */
static void
test_several (void)
{
  static const struct {
    const char *xml;
    gboolean active, unfrozen;
    VgTransport first, second;
  } cases[] = {
    { RBD ("vda") RBD ("vdb"), TRUE, FALSE, VG_TRANSPORT_READ,
      VG_TRANSPORT_READ },
    { RBD ("vda") RBD ("vdb") AGENT, TRUE, FALSE, VG_TRANSPORT_CLONE,
      VG_TRANSPORT_STREAM },
    { RBD ("vda") RBD ("vdb") AGENT, TRUE, TRUE, VG_TRANSPORT_READ,
      VG_TRANSPORT_READ },
    { RBD ("vda") RBD ("vdb"), FALSE, FALSE, VG_TRANSPORT_CLONE,
      VG_TRANSPORT_STREAM },
    { RBD ("vda") FILE_DISK, TRUE, FALSE, VG_TRANSPORT_READ,
      VG_TRANSPORT_READ },
    { RBD ("vda") FILE_DISK AGENT, TRUE, FALSE, VG_TRANSPORT_CLONE,
      VG_TRANSPORT_READ },
    { RBD ("vda") FILE_DISK, FALSE, FALSE, VG_TRANSPORT_CLONE,
      VG_TRANSPORT_READ },
  };
  static const VgRbdFacts no_clones = { .fsid = (char *) HERE };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    PlanCase input = { .disks_xml = cases[i].xml,
                       .all_disks = TRUE,
                       .store = "ceph",
                       .places = "ceph " HERE " images",
                       .active = cases[i].active,
                       .unfrozen = cases[i].unfrozen,
                       .rbd = &here,
                       .rbd_other = &no_clones };
    g_autoptr (VgPlan) plan = NULL;

    if (strstr (cases[i].xml, "vms/vdb") == NULL)
      input.rbd_other = NULL;
    plan = plan_make (&input);
    g_assert_cmpuint (plan->images->len, ==, 2);
    assert_way (plan, 0, cases[i].first);
    assert_way (plan, 1, cases[i].second);
    /* Read so, it is no misfortune. */
    g_assert_cmpuint (plan->warnings->len, ==, 0);
  }
}

/* One alone needs no freeze. */
static void
test_alone (void)
{
  PlanCase input = { .disks_xml = RBD ("vda") RBD ("vdb"),
                     .store = "ceph",
                     .places = "ceph " HERE " images",
                     .active = TRUE,
                     .unfrozen = TRUE,
                     .rbd = &here };
  g_autoptr (VgPlan) plan = plan_make (&input);

  assert_way (plan, 0, VG_TRANSPORT_CLONE);
}

/* A hypervisor that runs may reach what we can't. */
static void
test_trouble (void)
{
  g_autoptr (GError) problem =
      g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "nobody answered");
  VgRbdFacts trouble = { .problem = problem };
  PlanCase input = { .disks_xml = RBD ("vda"),
                     .active = TRUE,
                     .rbd = &trouble };
  g_autoptr (VgPlan) plan = plan_make (&input);

  assert_way (plan, 0, VG_TRANSPORT_READ);
  g_assert_cmpuint (plan->warnings->len, ==, 1);
  g_assert_nonnull (strstr (plan->warnings->pdata[0], "vda"));
  g_assert_nonnull (strstr (plan->warnings->pdata[0], "nobody answered"));
  input.active = FALSE;
  plan_fail (&input, G_IO_ERROR, G_IO_ERROR_FAILED,
             "disk vda of domain guest can't be read: nobody answered");
}

/* Those that are not read by a backup job are not in it. */
static void
test_targets (void)
{
  PlanCase input = { .disks_xml = RBD ("vda") FILE_DISK AGENT,
                     .all_disks = TRUE,
                     .active = TRUE,
                     .rbd = &here };
  g_autoptr (VgPlan) plan = plan_make (&input);
  g_auto (GStrv) in = vg_plan_sources_get_targets (plan->sources, FALSE, TRUE);
  g_auto (GStrv) out =
      vg_plan_sources_get_targets (plan->sources, FALSE, FALSE);
  g_auto (GStrv) both = vg_plan_sources_get_targets (plan->sources, TRUE, TRUE);
  g_auto (GStrv) none =
      vg_plan_sources_get_targets (plan->sources, TRUE, FALSE);

  g_assert_cmpuint (g_strv_length (in), ==, 1);
  g_assert_cmpstr (in[0], ==, "vdb");
  g_assert_cmpuint (g_strv_length (out), ==, 1);
  g_assert_cmpstr (out[0], ==, "vda");
  /* Should the freeze fail, the hypervisor has to do it after all. */
  g_assert_cmpuint (g_strv_length (both), ==, 2);
  g_assert_cmpuint (g_strv_length (none), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/rbd/store", test_store);
  g_test_add_func ("/plan/rbd/volume", test_volume);
  g_test_add_func ("/plan/rbd/ways", test_ways);
  g_test_add_func ("/plan/rbd/flatten", test_flatten);
  g_test_add_func ("/plan/rbd/several", test_several);
  g_test_add_func ("/plan/rbd/alone", test_alone);
  g_test_add_func ("/plan/rbd/trouble", test_trouble);
  g_test_add_func ("/plan/rbd/targets", test_targets);
  return g_test_run ();
}
