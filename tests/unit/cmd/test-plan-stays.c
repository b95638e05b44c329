/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan is printed as it was made, whatever was done by it. */
#include <stdlib.h>

#include "cmd/plan-view.h"
#include "job/copy.h"
#include "job/create-images.h"
#include "job/flatten.h"
#include "job/images.h"
#include "lib/glance-fake.h"
#include "lib/job-file.h"
#include "lib/plan-maker.h"
#include "lib/workdir.h"

static char *
print_plan (const VgPlan *plan)
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream (&text, &size);

  vg_plan_print (plan, TRUE, out);
  vg_plan_print (plan, FALSE, out);
  fclose (out);
  return text;
}

/* All that is done to a job's images, with a Glance that doesn't let us make
 * them for the instance's project. */
static void
carry_out (const VgJob *job)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgCreation) creation = NULL;
  g_autoptr (GPtrArray) flattenings = NULL;

  vg_create_plan (job);
  creation = vg_creation_start (job, &error);
  g_assert_no_error (error);
  g_assert_true (vg_creation_await (creation, &error));
  for (guint i = 0; i < job->journal->images->len; i++)
    ((VgJobImage *) job->journal->images->pdata[i])->begun = TRUE;
  g_assert_true (vg_images_renew (job, &error));
  g_assert_true (vg_images_share (job, &error));
  g_assert_true (vg_images_protect (job, &error));
  flattenings = vg_flatten_note (job, &error);
  g_assert_nonnull (flattenings);
  g_assert_true (vg_journal_keep_images (job->journal, &error));
  g_assert_false (vg_copy_images (job, &error));
}

static void
test_stays (void)
{
  PlanCase input = { .file = "nova-rbd-root",
                     .base_stores = "fast,cheap",
                     .all_disks = TRUE };
  PlanCase now = { .file = "nova-rbd-root", .all_disks = TRUE, .active = TRUE };
  Fake *fake = fake_new (NULL);
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgConfig) config = fake_config (fake);
  g_autoptr (VgGlance) glance = fake_session (config);
  g_autoptr (VgPlan) plan = plan_make (&input);
  g_autofree char *before = print_plan (plan), *after = NULL;
  g_autoptr (VgJournal) journal = job_file_new (dir, 5);
  g_autoptr (VgPlanSources) sources = NULL;
  g_autoptr (GError) error = NULL;
  const VgReport silent = { 0 };
  VgJob job = { .config = config,
                .report = &silent,
                .peers.glance = glance,
                .plan = plan,
                .sources = plan->sources,
                .journal = journal };

  fake_control (fake, "{'config': {'admin': false}}");
  carry_out (&job);
  sources = plan_find_sources (plan, &now, &error);
  g_assert_no_error (error);
  after = print_plan (plan);
  g_assert_cmpstr (after, ==, before);
  fake_free (fake);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/stays", test_stays);
  return g_test_run ();
}
