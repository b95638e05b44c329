/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan says of names, the order of disks and sizes. */
#include "lib/plan-maker.h"
#include "request/error.h"

#include <string.h>

#define GIB ((guint64) 1 << 30)

#define TWO_DISKS                                                              \
  "<disk type='file' device='disk'><source file='/srv/data'/>"                 \
  "<target dev='vdb' bus='virtio'/></disk>"                                    \
  "<disk type='file' device='disk'><driver type='qcow2'/>"                     \
  "<source file='/srv/system'/><target dev='vda' bus='virtio'/>"               \
  "<boot order='1'/></disk>"

/* Names and the order of disks */

static void
test_names (void)
{
  PlanCase input = { .disks_xml = TWO_DISKS,
                     .name = "it's \"a\" name",
                     .all_disks = TRUE };
  g_autoptr (VgPlan) plan = plan_make (&input);
  const VgPlanImage *first = plan_image (plan, 0);
  const VgPlanImage *second = plan_image (plan, 1);

  g_assert_cmpuint (plan->images->len, ==, 2);
  g_assert_cmpstr (first->target, ==, "vda");
  g_assert_true (first->is_root);
  g_assert_cmpstr (first->name, ==, "it's \"a\" name");
  g_assert_cmpstr (vg_json_get_string (first->record, "name"), ==,
                   "it's \"a\" name");
  g_assert_cmpstr (second->target, ==, "vdb");
  g_assert_false (second->is_root);
  g_assert_cmpstr (second->name, ==, "it's \"a\" name-vdb");
  g_assert_cmpstr (vg_json_get_string (second->record, "name"), ==,
                   "it's \"a\" name-vdb");
}

/* Named in any order and more than once, also by their files. */
static void
test_named_disks (void)
{
  PlanCase input = { .disks_xml = TWO_DISKS,
                     .name = "n",
                     .disks = "vdb,/srv/system,vda,/srv/data" };
  g_autoptr (VgPlan) plan = plan_make (&input);

  g_assert_cmpuint (plan->images->len, ==, 2);
  g_assert_cmpstr (plan_source (plan, 0)->disk->target, ==, "vda");
  g_assert_cmpstr (plan_source (plan, 1)->disk->target, ==, "vdb");
}

/* The root disk alone is what is taken by itself. */
static void
test_root_disk (void)
{
  PlanCase input = { .disks_xml = TWO_DISKS };
  g_autoptr (VgPlan) plan = plan_make (&input);

  g_assert_cmpuint (plan->images->len, ==, 1);
  g_assert_cmpstr (plan_source (plan, 0)->disk->target, ==, "vda");
}

/* A disk that isn't the root one has the bare name if it is the only one. */
static void
test_other_disk (void)
{
  PlanCase input = { .disks_xml = TWO_DISKS, .disks = "vdb", .name = "n" };
  g_autoptr (VgPlan) plan = plan_make (&input);

  g_assert_cmpuint (plan->images->len, ==, 1);
  g_assert_false (plan_image (plan, 0)->is_root);
  g_assert_cmpstr (plan_image (plan, 0)->name, ==, "n");
}

static void
test_targets (void)
{
  PlanCase input = { .file = "nova-rbd-root", .disks = "vdb" };
  g_autoptr (VgPlan) plan = plan_make (&input);
  g_auto (GStrv) in = vg_plan_sources_get_targets (plan->sources, FALSE, TRUE);
  g_auto (GStrv) out =
      vg_plan_sources_get_targets (plan->sources, FALSE, FALSE);
  g_autofree char *in_text = g_strjoinv (",", in);
  g_autofree char *out_text = g_strjoinv (",", out);

  g_assert_cmpstr (in_text, ==, "vdb");
  g_assert_cmpstr (out_text, ==, "vda,sda");
}

static void
test_default_name (void)
{
  PlanCase input = { .file = "nova-image-1.1" };
  g_autoptr (VgPlan) plan = plan_make (&input);

  g_assert_true (g_regex_match_simple ("^instance-0000002b-[0-9]{8}T[0-9]{6}Z$",
                                       plan_image (plan, 0)->name, 0, 0));
}

/* A domain may be called anything, an image may not. */
static void
test_default_name_odd (void)
{
  g_autofree char *much = g_strnfill (4000, 'x');
  const char *names[] = { much,
                          "it's a \"guest\"",
                          "\xf0\x9f\xab\xa8",
                          "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
                          "C1 \xc2\x9b"
                          "31m",
                          "\xe2\x80\xae"
                          "turned" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *xml = g_markup_printf_escaped (
        "<domain><name>%s</name><devices><disk><source file='/a'/>"
        "<target dev='vda'/></disk></devices></domain>",
        names[i]);
    g_autoptr (GError) error = NULL;
    g_autoptr (VgRequest) request = vg_request_new ("guest");
    g_autoptr (VgConfig) config = vg_config_new ();
    VgPlanFacts facts = { 0 };
    VgDomain *domain = vg_domain_parse (xml, -1, &error);
    g_autoptr (VgPlan) plan = NULL;

    g_assert_no_error (error);
    plan =
        vg_plan_new (request, config, vg_plan_sources_new (domain, FALSE, NULL),
                     &facts, &error);
    g_assert_no_error (error);
    g_assert_cmpint (g_utf8_strlen (plan_image (plan, 0)->name, -1), <=, 255);
  }
}

static void
test_name_refused (void)
{
  PlanCase input = { .file = "plain", .name = "a\nb" };

  plan_fail (&input, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID, "line break");
  input.name = "";
  plan_fail (&input, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID, "empty");
}

/* What is put behind a name may make it too long. */
static void
test_second_name_too_long (void)
{
  g_autofree char *name = g_strnfill (253, 'n');
  PlanCase input = { .disks_xml = TWO_DISKS, .name = name };
  g_autoptr (VgPlan) plan = plan_make (&input);

  input.all_disks = TRUE;
  plan_fail (&input, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID, "255");
}

/* What becomes of the facts */

static void
test_capacity (void)
{
  PlanCase input = { .file = "nova-rbd-root",
                     .all_disks = TRUE,
                     .sized = "vdb",
                     .capacity = 3 * GIB + 1 };
  g_autoptr (VgPlan) plan = plan_make (&input);
  const VgPlanImage *root = plan_image (plan, 0);
  const VgPlanImage *other = plan_image (plan, 1);

  g_assert_cmpuint (plan_source (plan, 0)->capacity, ==, 0);
  g_assert_cmpint (vg_json_get_int (root->record, "min_disk", -1), ==, 0);
  g_assert_cmpuint (plan_source (plan, 1)->capacity, ==, 3 * GIB + 1);
  g_assert_cmpint (vg_json_get_int (other->record, "min_disk", -1), ==, 4);
}

/* The base image's record is of the root disk alone. */
static void
test_base_record (void)
{
  PlanCase input = { .file = "nova-rbd-root",
                     .all_disks = TRUE,
                     .base_stores = "fast",
                     .base_min_disk = 10,
                     .base_min_ram = 512,
                     .base_hash = "sha256" };
  g_autoptr (VgPlan) plan = plan_make (&input);
  VgJson *root = plan_image (plan, 0)->record;
  VgJson *other = plan_image (plan, 1)->record;

  g_assert_cmpint (vg_json_get_int (root, "min_disk", -1), ==, 10);
  g_assert_cmpint (vg_json_get_int (root, "min_ram", -1), ==, 512);
  g_assert_cmpstr (vg_json_get_string (root, "base_image_ref"), ==, PLAN_IMAGE);
  g_assert_cmpint (vg_json_get_int (other, "min_disk", -1), ==, 0);
  g_assert_null (vg_json_get (other, "min_ram"));
  g_assert_null (vg_json_get (other, "base_image_ref"));
  g_assert_cmpstr (plan->hash_algo, ==, "sha256");
}

static void
test_warnings (void)
{
  PlanCase input = { .file = "nova-image-1.1", .active = TRUE };
  g_autoptr (VgPlan) quiet = plan_make (&input);
  g_autoptr (VgPlan) warned = NULL;

  g_assert_cmpuint (quiet->warnings->len, ==, 0);
  g_assert_true (quiet->sources->active);
  g_assert_null (quiet->hash_algo);
  input.base_problem = "the base image was deleted";
  input.active = FALSE;
  warned = plan_make (&input);
  g_assert_false (warned->sources->active);
  g_assert_cmpuint (warned->warnings->len, ==, 1);
  g_assert_cmpstr (warned->warnings->pdata[0], ==, input.base_problem);
}

/* A name of a base image that is none is not passed over in silence. */
static void
test_warning_of_origin (void)
{
  PlanCase input = { .file = "nova-image-bad-everything" };
  g_autoptr (VgPlan) plan = plan_make (&input);

  g_assert_cmpuint (plan->warnings->len, ==, 1);
  g_assert_nonnull (
      strstr (plan->warnings->pdata[0], plan->sources->domain->origin_problem));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/names", test_names);
  g_test_add_func ("/plan/named-disks", test_named_disks);
  g_test_add_func ("/plan/root-disk", test_root_disk);
  g_test_add_func ("/plan/other-disk", test_other_disk);
  g_test_add_func ("/plan/targets", test_targets);
  g_test_add_func ("/plan/default-name", test_default_name);
  g_test_add_func ("/plan/default-name-odd", test_default_name_odd);
  g_test_add_func ("/plan/name-refused", test_name_refused);
  g_test_add_func ("/plan/second-name-too-long", test_second_name_too_long);
  g_test_add_func ("/plan/capacity", test_capacity);
  g_test_add_func ("/plan/base-record", test_base_record);
  g_test_add_func ("/plan/warnings", test_warnings);
  g_test_add_func ("/plan/warning-of-origin", test_warning_of_origin);
  return g_test_run ();
}
