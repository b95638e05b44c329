/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Printed plans and images of jobs, as text and as JSON. */
#include "cmd/plan-view.h"

#include <stdlib.h>
#include <string.h>

#include "lib/plan-maker.h"

static char *
print_plan (const PlanCase *input, gboolean json)
{
  g_autoptr (VgPlan) plan = plan_make (input);
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream (&text, &size);

  vg_plan_print (plan, json, out);
  fclose (out);
  return text;
}

static char *
print_images (const VgJournal *journal, gboolean json)
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream (&text, &size);

  vg_images_print (journal, json, out);
  fclose (out);
  return text;
}

static void
test_plan (void)
{
  PlanCase input = { .file = "nova-image-1.1",
                     .name = "it's \"a\" name",
                     .base_stores = "fast,cheap",
                     .sized = "vda",
                     .capacity = (guint64) 20 << 30 };
  g_autofree char *text = print_plan (&input, FALSE);

  g_assert_cmpstr (text, ==,
                   "domain:         instance-0000002b\n"
                   "UUID:           d4c5b6a7-1f2e-4d3c-8b9a-0a1b2c3d4e5f\n"
                   "base image:     " PLAN_IMAGE " (nova:root)\n"
                   "project:        5a2d1c3b4e5f60718293a4b5c6d7e8f9\n"
                   "owner:          the instance's project if Glance permits, "
                   "else the project you authenticate to\n"
                   "disk:           vda (root disk)\n"
                   "  source:       /var/lib/nova/instances/"
                   "d4c5b6a7-1f2e-4d3c-8b9a-0a1b2c3d4e5f/disk (qcow2)\n"
                   "  capacity:     20.0 GiB\n"
                   "  image name:   it's \"a\" name\n"
                   "  image format: qcow2 (zeroes are not sent)\n"
                   "  store:        fast (it holds the base image " PLAN_IMAGE
                   ")\n"
                   "  also held by: cheap\n");
}

static void
assert_line (const PlanCase *input, const char *line)
{
  g_autofree char *text = print_plan (input, FALSE);

  if (strstr (text, line) == NULL)
    g_error ("expected '%s' in: %s", line, text);
}

static void
test_stores (void)
{
  PlanCase volume = { .file = "nova-volume-29" };
  PlanCase single = { .file = "plain", .single = TRUE };
  PlanCase not_asked = { .file = "nova-image-1.1", .no_stores = TRUE };
  PlanCase kept = { .file = "plain-hardware" };
  PlanCase swap = { .file = "nova-companions", .all_disks = TRUE };
  PlanCase other = { .file = "nova-rbd-root",
                     .no_stores = TRUE,
                     .disks = "vdb" };
  PlanCase warned = { .file = "nova-image-1.1", .base_problem = "it is gone" };

  assert_line (&kept, "\nnot contained:  the firmware's variables (NVRAM) and "
                      "the state of the TPM\n");
  assert_line (&volume,
               "base image:     none, because the root disk is a volume (");
  assert_line (&volume, "\n  volume:       ");
  assert_line (&volume, "\n  store:        reliable (Glance's default store");
  assert_line (&single, "\n  store:        the only one (");
  assert_line (&single, "base image:     unknown\n");
  assert_line (&not_asked,
               "\n  store:        the store that holds base image " PLAN_IMAGE
               " (Glance was not asked)\n");
  not_asked.store = "far";
  assert_line (&not_asked,
               "\n  store:        far (the user named it (Glance was not "
               "asked))\n");
  not_asked.store = NULL;
  not_asked.config_store = "near";
  assert_line (&not_asked, "\n  store:        near ([glance] store names it "
                           "(Glance was not asked))\n");
  not_asked.config_store = NULL;
  not_asked.file = "nova-volume-29";
  assert_line (&not_asked, "the root disk is a volume (Glance was not asked)");
  not_asked.file = "plain";
  assert_line (&not_asked, "no base image is known (Glance was not asked)");
  assert_line (&other,
               "\n  store:        the store that holds base image " PLAN_IMAGE
               " (Glance was not asked)\n");
  assert_line (&swap, "\nleft out:       vdb (Nova's swap disk)\n");
  assert_line (&warned, "\nwarning:        it is gone\n");
  warned.active = TRUE;
  assert_line (&warned, "\nquiesce:        auto\n");
}

static void
test_json (void)
{
  PlanCase input = { .file = "nova-rbd-root",
                     .name = "n",
                     .all_disks = TRUE,
                     .active = TRUE,
                     .base_stores = "fast",
                     .base_problem = "odd",
                     .sized = "vdb",
                     .capacity = 5 };
  g_autofree char *text = print_plan (&input, TRUE);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgJson) json = vg_json_parse (text, -1, &error);
  VgJson *disks = vg_json_get_array (json, "disks"), *root, *other;
  VgJson *warnings = vg_json_get_array (json, "warnings");

  g_assert_no_error (error);
  g_assert_cmpstr (vg_json_get_string (json, "domain"), ==,
                   "instance-00000036");
  g_assert_cmpstr (vg_json_get_string (json, "origin"), ==, "image");
  g_assert_cmpstr (vg_json_get_string (json, "image_ref"), ==, PLAN_IMAGE);
  g_assert_true (vg_json_get_bool (json, "running", FALSE));
  g_assert_cmpuint (json_object_array_length (disks), ==, 2);
  g_assert_cmpuint (json_object_array_length (warnings), ==, 1);
  root = json_object_array_get_idx (disks, 0);
  other = json_object_array_get_idx (disks, 1);
  g_assert_cmpstr (vg_json_get_string (root, "disk"), ==, "vda");
  g_assert_true (vg_json_get_bool (root, "root", FALSE));
  g_assert_cmpstr (vg_json_get_string (root, "store"), ==, "fast");
  g_assert_cmpstr (vg_json_get_string (root, "rule"), ==, "base-image");
  g_assert_cmpstr (vg_json_get_string (root, "disk_format"), ==, "qcow2");
  g_assert_cmpstr (vg_json_get_string (vg_json_get (root, "image"), "name"), ==,
                   "n");
  g_assert_false (vg_json_get_bool (other, "root", TRUE));
  g_assert_cmpstr (vg_json_get_string (other, "store"), ==, "fast");
  g_assert_cmpint (vg_json_get_int (other, "capacity", 0), ==, 5);
}

static VgJobImage *
add_image (VgJournal *journal, const char *name, const char *store)
{
  VgJobImage *image = vg_journal_add_image (journal);

  image->id = g_strdup (PLAN_IMAGE);
  image->name = g_strdup (name);
  image->disk = g_strdup ("vda");
  image->format = g_strdup ("qcow2");
  image->store = g_strdup (store);
  image->rule = g_strdup ("default");
  image->reason = g_strdup ("of its\nreasons");
  image->size = 3 << 20;
  return image;
}

static void
set_image (VgJournal *journal, guint i, const char *owner, const char *member,
           gboolean accepted)
{
  VgJobImage *image = journal->images->pdata[i];

  image->owner = g_strdup (owner);
  image->member = g_strdup (member);
  image->accepted = accepted;
}

static void
test_images (void)
{
  VgJobQuiesce quiesce = { .known = TRUE, .file_systems = 2, .frozen_ms = 83 };
  g_autoptr (VgJournal) journal = vg_journal_new ("/nonexistent");
  g_autofree char *text = NULL, *again = NULL, *json_text = NULL;
  g_autoptr (VgJson) json = NULL;

  add_image (journal, "two\n\033[31mlines", "fast\033[31m")->copies =
      g_strsplit ("cheap,far\n", ",", -1);
  add_image (journal, "plain", NULL)->copies = g_new0 (char *, 1);
  journal->project_id = g_strdup ("ours");
  journal->not_contained = g_strsplit ("tpm", ",", -1);
  set_image (journal, 0, "theirs", NULL, FALSE);
  set_image (journal, 1, "ours", "the\nirs", FALSE);
  vg_journal_set_quiesce (journal, &quiesce);
  text = print_images (journal, FALSE);
  g_assert_cmpstr (
      text, ==,
      "Image two\\x0a\\x1b[31mlines (" PLAN_IMAGE ") is active: disk vda, "
      "3.0 MiB of qcow2\n"
      "Store fast\\x1b[31m: of its\\x0areasons\n"
      "Copied to cheap, far\\x0a\n"
      "Owner: the instance's project theirs\n"
      "Image plain (" PLAN_IMAGE ") is active: disk vda, 3.0 MiB of qcow2\n"
      "Store (the only one): of its\\x0areasons\n"
      "Shared with the instance's project the\\x0airs. A member of that "
      "project must accept the image to see it in lists: openstack image "
      "set --accept " PLAN_IMAGE "\n"
      "Quiesced: 2 file systems, frozen for 83 ms\n"
      "Not contained: the state of the TPM\n");
  quiesce = (VgJobQuiesce){ .known = TRUE, .obstacle = (char *) "it\nhangs" };
  vg_journal_set_quiesce (journal, &quiesce);
  again = print_images (journal, FALSE);
  g_assert_nonnull (strstr (again, "\nNot quiesced: it\\x0ahangs\n"));
  json_text = print_images (journal, TRUE);
  json = vg_json_parse (json_text, -1, NULL);
  g_assert_cmpuint (
      json_object_array_length (vg_json_get_array (json, "images")), ==, 2);
  g_assert_cmpuint (
      json_object_array_length (vg_json_get_array (json, "not_contained")), ==,
      1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/planview/plan", test_plan);
  g_test_add_func ("/planview/stores", test_stores);
  g_test_add_func ("/planview/json", test_json);
  g_test_add_func ("/planview/images", test_images);
  return g_test_run ();
}
