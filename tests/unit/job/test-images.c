/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The images of a job, with a Glance that may refuse: what is asked of it, what
 * the journal says, and what of it is asked again after a lost instant. */
#include "job/images.h"

#include <string.h>

#include "job/create-images.h"
#include "lib/glance-fake.h"
#include "lib/job-file.h"
#include "lib/plan-maker.h"
#include "lib/workdir.h"

#define IMAGES "/v2/images"

/* The instance's, of the domain file. */
#define PROJECT "5a2d1c3b4e5f60718293a4b5c6d7e8f9"

static Fake *fake;

typedef struct {
  Workdir *dir;
  VgConfig *config;
  VgPlan *plan;
  GPtrArray *warnings;
  VgReport report;
  VgJob job;
} Fixture;

static void
on_warning (const char *text, gpointer data)
{
  g_ptr_array_add (data, g_strdup (text));
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  PlanCase input = { .file = "nova-image-1.1", .name = "snap" };

  fake_reset (fake, NULL);
  f->dir = workdir_new ();
  f->config = fake_config (fake);
  f->plan = plan_make (&input);
  f->warnings = g_ptr_array_new_with_free_func (g_free);
  f->report.warning = on_warning;
  f->report.data = f->warnings;
  f->job.config = f->config;
  f->job.report = &f->report;
  f->job.peers.glance = fake_session (f->config);
  f->job.plan = f->plan;
  f->job.sources = f->plan->sources;
  f->job.journal = job_file_new (f->dir, 5);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  vg_journal_free (f->job.journal);
  vg_glance_free (f->job.peers.glance);
  g_ptr_array_unref (f->warnings);
  vg_plan_free (f->plan);
  vg_config_free (f->config);
  workdir_remove (f->dir);
}

static VgJobImage *
get_image (const Fixture *f)
{
  g_assert_cmpuint (f->job.journal->images->len, ==, 1);
  return f->job.journal->images->pdata[0];
}

static gboolean
create_images (const VgJob *job, GError **error)
{
  g_autoptr (VgCreation) creation = NULL;

  vg_create_plan (job);
  creation = vg_creation_start (job, error);
  return creation != NULL && vg_creation_await (creation, error);
}

static void
create (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = create_images (&f->job, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

/* As if its upload had begun. */
static void
renew (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  gboolean ok;

  get_image (f)->begun = TRUE;
  ok = vg_images_renew (&f->job, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

/* The string of that key in the last record that was sent, or NULL. */
static char *
get_sent (const char *key)
{
  g_autoptr (VgJson) request = fake_last (fake, "POST", IMAGES);

  return g_strdup (vg_json_get_string (vg_json_get (request, "json"), key));
}

static void
assert_sent (const char *key, const char *value)
{
  g_autofree char *sent = get_sent (key);

  g_assert_cmpstr (sent, ==, value);
}

static void
assert_steps (const Fixture *f, const char *states)
{
  g_autoptr (VgJournal) written = job_file_read (f->job.journal);

  g_assert_cmpuint (written->steps->len, ==, strlen (states));
  for (guint i = 0; i < written->steps->len; i++)
    g_assert_cmpint ("buk"[job_file_get_step (written, i)->state], ==,
                     states[i]);
}

static void
test_create (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const VgJobImage *image;

  create (f);
  image = get_image (f);
  assert_sent ("id", image->id);
  assert_sent ("owner", PROJECT);
  assert_sent ("visibility", "private");
  g_assert_cmpstr (image->owner, ==, PROJECT);
  g_assert_cmpstr (image->name, ==, "snap");
  g_assert_cmpstr (image->disk, ==, "vda");
  g_assert_cmpstr (image->store, ==, "reliable");
  assert_steps (f, "b");
  g_assert_cmpstr (job_file_get_step (f->job.journal, 0)->object, ==,
                   image->id);
}

/* An image that Glance doesn't let us make for the instance's project is ours,
 * and shared; this is asked once, whatever becomes of the instant. */
static void
test_refused_owner (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  VgJobImage *image;

  fake_control (fake, "{'config': {'admin': false}}");
  create (f);
  image = get_image (f);
  g_assert_cmpuint (fake_count (fake, "POST", IMAGES), ==, 2);
  assert_sent ("owner", NULL);
  assert_sent ("visibility", "shared");
  assert_sent ("id", image->id);
  g_assert_cmpstr (image->owner, !=, PROJECT);
  renew (f);
  g_assert_cmpuint (fake_count (fake, "POST", IMAGES), ==, 3);
  assert_sent ("owner", NULL);
  assert_sent ("visibility", "shared");
  g_assert_true (vg_images_share (&f->job, &error));
  g_assert_cmpstr (image->member, ==, PROJECT);
  g_assert_cmpuint (f->warnings->len, ==, 0);
}

/* An image that the instance's project owns has no members. */
static void
test_not_shared (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  create (f);
  g_assert_true (vg_images_share (&f->job, &error));
  g_assert_null (get_image (f)->member);
}

/* Who may not make any image hears so. */
static void
test_forbidden (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  fake_control (fake, "{'rules': [{'method': 'POST', 'path': '" IMAGES
                      "', 'times': 0, 'status': 403}]}");
  g_assert_false (create_images (&f->job, &error));
  g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_FORBIDDEN);
  g_assert_nonnull (strstr (error->message, "disk vda of domain test: "));
  g_assert_cmpuint (fake_count (fake, "POST", IMAGES), ==, 2);
  assert_steps (f, "b");
}

/* An image whose upload was begun is replaced by another one of the same
 * record, and one that wasn't, stays. */
static void
test_renew (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *first = NULL, *name = NULL, *gone = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgJson) left = NULL;

  create (f);
  name = get_sent ("name");
  first = g_strdup (get_image (f)->id);
  g_assert_true (vg_images_renew (&f->job, &error));
  g_assert_cmpstr (get_image (f)->id, ==, first);
  renew (f);
  g_assert_cmpstr (get_image (f)->id, !=, first);
  g_assert_false (get_image (f)->begun);
  assert_sent ("id", get_image (f)->id);
  assert_sent ("name", name);
  assert_sent ("owner", PROJECT);
  left = fake_image (fake, first);
  g_assert_null (left);
  assert_steps (f, "ub");
}

/* One that can't be deleted stays to be undone. */
static void
test_renew_fails (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  create (f);
  get_image (f)->begun = TRUE;
  fake_control (fake, "{'rules': [{'method': 'DELETE', 'times': 0, 'status': "
                      "403}]}");
  g_assert_false (vg_images_renew (&f->job, &error));
  g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_FORBIDDEN);
  assert_steps (f, "b");
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  fake = fake_new (NULL);
  add ("/images/create", test_create);
  add ("/images/refused-owner", test_refused_owner);
  add ("/images/not-shared", test_not_shared);
  add ("/images/forbidden", test_forbidden);
  add ("/images/renew", test_renew);
  add ("/images/renew-fails", test_renew_fails);
  status = g_test_run ();
  fake_free (fake);
  return status;
}
