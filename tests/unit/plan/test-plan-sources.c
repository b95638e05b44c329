/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan after its instant was lost: the sources are found again, and the
 * images stay. */
#include "lib/plan-maker.h"

#include <string.h>

#include "plan/error.h"

#define HERE "5f0c3a52-7d0e-4a6c-9a55-0d8a3f6f4b11"

#define RBD(target)                                                            \
  "<disk type='network'><driver type='raw'/>"                                  \
  "<source protocol='rbd' name='vms/" target "'/>"                             \
  "<target dev='" target "'/></disk>"
#define FILE_DISK(target)                                                      \
  "<disk type='file'><source file='/srv/" target "'/>"                         \
  "<target dev='" target "'/></disk>"
#define AGENT                                                                  \
  "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' "  \
  "state='connected'/></channel>"

static const VgRbdFacts here = { .fsid = (char *) HERE,
                                 .size = 5,
                                 .can_clone = TRUE,
                                 .deep_flatten = TRUE,
                                 .clone_format = 2 };

static VgPlanSources *
find_well (const VgPlan *plan, const PlanCase *now)
{
  g_autoptr (GError) error = NULL;
  VgPlanSources *sources = plan_find_sources (plan, now, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (sources->list->len, ==, plan->images->len);
  return sources;
}

static void
find_badly (const VgPlan *plan, const PlanCase *now, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (plan_find_sources (plan, now, &error));
  g_assert_error (error, VG_PLAN_ERROR, VG_PLAN_ERROR_DISK);
  if (strstr (error->message, text) == NULL)
    g_error ("expected '%s' in: %s", text, error->message);
}

static const VgPlanSource *
get_source (const VgPlanSources *sources, guint i)
{
  g_assert_cmpuint (i, <, sources->list->len);
  return sources->list->pdata[i];
}

/* One for each image, in their order, whatever else the domain has by now. */
static void
test_order (void)
{
  PlanCase first = { .disks_xml = FILE_DISK ("vda") FILE_DISK ("vdb"),
                     .all_disks = TRUE };
  PlanCase now = { .disks_xml =
                       FILE_DISK ("vdc") FILE_DISK ("vdb") FILE_DISK ("vda"),
                   .all_disks = TRUE,
                   .active = TRUE,
                   .sized = "vdb",
                   .capacity = 7 };
  g_autoptr (VgPlan) plan = plan_make (&first);
  g_autoptr (VgPlanSources) sources = find_well (plan, &now);

  g_assert_false (plan->sources->active);
  g_assert_true (sources->active);
  g_assert_cmpstr (get_source (sources, 0)->disk->target, ==, "vda");
  g_assert_cmpstr (get_source (sources, 1)->disk->target, ==, "vdb");
  g_assert_cmpuint (get_source (sources, 1)->capacity, ==, 7);
  /* (It is another domain's.) */
  g_assert_true (get_source (sources, 0)->disk != plan_source (plan, 0)->disk);
}

/* The choices for the images stay, and Glance's stores are not read. */
static void
test_images_stay (void)
{
  PlanCase first = { .disks_xml = RBD ("vda"),
                     .store = "ceph",
                     .places = "ceph " HERE " images",
                     .flatten_after = TRUE,
                     .rbd = &here };
  PlanCase now = { .disks_xml = RBD ("vda"),
                   .store = "nosuch",
                   .format = "nonsense",
                   .no_stores = TRUE,
                   .active = TRUE,
                   .rbd = &here };
  g_autoptr (VgPlan) plan = plan_make (&first);
  g_autofree char *record =
      vg_json_to_text (plan_image (plan, 0)->record, TRUE);
  g_autofree char *after = NULL;
  g_autoptr (VgPlanSources) sources = find_well (plan, &now);

  g_assert_cmpint (get_source (sources, 0)->way, ==, VG_TRANSPORT_CLONE);
  g_assert_cmpstr (plan_image (plan, 0)->choice->store, ==, "ceph");
  g_assert_true (plan_image (plan, 0)->flatten_after);
  after = vg_json_to_text (plan_image (plan, 0)->record, TRUE);
  g_assert_cmpstr (after, ==, record);
}

/* The way is chosen anew: it depends on the domain's state. */
static void
test_way (void)
{
  PlanCase first = { .disks_xml = RBD ("vda") RBD ("vdb"),
                     .all_disks = TRUE,
                     .rbd = &here,
                     .rbd_other = &here };
  PlanCase now = first;
  g_autoptr (VgPlan) plan = plan_make (&first);
  g_autoptr (VgPlanSources) apart = NULL, frozen = NULL;

  g_assert_cmpint (plan_source (plan, 0)->way, ==, VG_TRANSPORT_STREAM);
  now.active = TRUE;
  apart = find_well (plan, &now);
  g_assert_cmpint (get_source (apart, 0)->way, ==, VG_TRANSPORT_READ);
  g_assert_nonnull (get_source (apart, 0)->way_reason);
  g_assert_false (vg_plan_sources_will_freeze (apart));
  now.disks_xml = RBD ("vda") RBD ("vdb") AGENT;
  frozen = find_well (plan, &now);
  g_assert_cmpint (get_source (frozen, 0)->way, ==, VG_TRANSPORT_STREAM);
  g_assert_true (vg_plan_sources_will_freeze (frozen));
  /* The plan is as it was. */
  g_assert_false (plan->sources->active);
  g_assert_cmpint (plan_source (plan, 0)->way, ==, VG_TRANSPORT_STREAM);
}

/* What is asked of the guest is decided once. */
static void
test_quiesce (void)
{
  PlanCase first = { .disks_xml = FILE_DISK ("vda") AGENT, .unfrozen = TRUE };
  PlanCase now = { .disks_xml = FILE_DISK ("vda") AGENT, .active = TRUE };
  g_autoptr (VgPlan) plan = plan_make (&first);
  g_autoptr (VgPlanSources) sources = find_well (plan, &now);

  g_assert_cmpint (sources->quiesce, ==, VG_QUIESCE_NEVER);
  g_assert_false (vg_plan_sources_will_freeze (sources));
}

static void
test_gone (void)
{
  PlanCase first = { .disks_xml = FILE_DISK ("vda") FILE_DISK ("vdb"),
                     .disks = "vdb,vda" };
  PlanCase root = { .disks_xml = FILE_DISK ("vda") };
  PlanCase now = { .disks_xml = FILE_DISK ("vda"), .all_disks = TRUE };
  g_autoptr (VgPlan) plan = plan_make (&first), alone = plan_make (&root);

  find_badly (plan, &now, "domain guest no longer has a disk vdb");
  /* The root disk is another one. */
  now.disks_xml = FILE_DISK ("sda");
  now.all_disks = FALSE;
  find_badly (alone, &now, "domain guest no longer has a disk vda");
}

/* What can't be read by now is refused as it is at first. */
static void
test_refused (void)
{
  PlanCase first = { .disks_xml = FILE_DISK ("vda") };
  PlanCase now = { .disks_xml = "<disk type='file' device='lun'><source "
                                "file='/srv/vda'/><target dev='vda'/></disk>",
                   .active = TRUE };
  g_autoptr (VgPlan) plan = plan_make (&first);

  find_badly (plan, &now, "passed-through LUN");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/sources/order", test_order);
  g_test_add_func ("/plan/sources/images-stay", test_images_stay);
  g_test_add_func ("/plan/sources/way", test_way);
  g_test_add_func ("/plan/sources/quiesce", test_quiesce);
  g_test_add_func ("/plan/sources/gone", test_gone);
  g_test_add_func ("/plan/sources/refused", test_refused);
  return g_test_run ();
}
