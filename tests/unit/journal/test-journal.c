/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Journals: what is written is read again, and what is damaged is told. */
#include "journal/journal.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/job-file.h"
#include "lib/workdir.h"

static VgJournal *
new_journal (const char *state_path)
{
  VgJournal *journal = vg_journal_new (state_path);

  journal->domain = g_strdup ("guest");
  journal->uuid = g_strdup ("2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8");
  return journal;
}

static VgJournal *
read_journal (const char *path)
{
  g_autoptr (GError) error = NULL;
  VgJournal *journal = vg_journal_read (path, &error);

  g_assert_no_error (error);
  return journal;
}

static VgJournal *
new_full (const char *state_path)
{
  VgJournal *journal = new_journal (state_path);
  VgJobQuiesce quiesce = { .known = TRUE, .file_systems = 3, .frozen_ms = 120 };
  VgJobImage *image;

  g_free (journal->domain);
  journal->domain = g_strdup ("it's a \"guest\"\n\033[31m \xc3\xbc");
  journal->uri = g_strdup ("qemu:///system");
  journal->finished = journal->started + 5;
  journal->state = VG_JOB_FAILED;
  journal->error = g_strdup ("it failed");
  g_assert_cmpuint (
      vg_journal_add_step (journal, VG_STEP_FOLDER, "/run/a b/\"c\""), ==, 0);
  g_assert_cmpuint (vg_journal_add_step (journal, VG_STEP_IMAGE, "id"), ==, 1);
  g_assert_cmpuint (vg_journal_add_step (journal, VG_STEP_FREEZE, "g"), ==, 2);
  g_assert_cmpuint (vg_journal_add_step (journal, VG_STEP_BACKUP, "s"), ==, 3);
  for (guint i = VG_STEP_RBD_SNAPSHOT; i < VG_N_STEP_KINDS; i++)
    vg_journal_add_step (journal, (VgStepKind) i, "f/p/i");
  job_file_get_step (journal, 1)->state = VG_STEP_KEPT;
  job_file_get_step (journal, 2)->state = VG_STEP_UNDONE;
  journal->kind = VG_JOB_FLATTEN;

  vg_journal_set_quiesce (journal, &quiesce);

  image = vg_journal_add_image (journal);
  image->id = g_strdup ("id");
  image->name = g_strdup ("name");
  image->disk = g_strdup ("vda");
  image->format = g_strdup ("qcow2");
  image->way = g_strdup ("stream");
  image->store = g_strdup ("fast");
  image->rule = g_strdup ("base-image");
  image->reason = g_strdup ("it holds it");
  image->owner = g_strdup ("ours");
  image->member = g_strdup ("theirs");
  image->accepted = TRUE;
  image->copies = g_strsplit ("cheap,far", ",", -1);
  image->size = (guint64) 5 << 40;
  vg_journal_add_image (journal)->id = g_strdup ("bare");
  return journal;
}

static void
assert_image (const VgJobImage *image)
{
  g_assert_cmpstr (image->id, ==, "id");
  g_assert_cmpstr (image->name, ==, "name");
  g_assert_cmpstr (image->disk, ==, "vda");
  g_assert_cmpstr (image->format, ==, "qcow2");
  g_assert_cmpstr (image->way, ==, "stream");
  g_assert_cmpstr (image->store, ==, "fast");
  g_assert_cmpstr (image->rule, ==, "base-image");
  g_assert_cmpstr (image->reason, ==, "it holds it");
  g_assert_cmpstr (image->owner, ==, "ours");
  g_assert_cmpstr (image->member, ==, "theirs");
  g_assert_true (image->accepted);
  g_assert_cmpuint (g_strv_length (image->copies), ==, 2);
  g_assert_cmpstr (image->copies[1], ==, "far");
  g_assert_cmpuint (image->size, ==, (guint64) 5 << 40);
}

static void
test_round_trip (void)
{
  static const VgStepState states[VG_N_STEP_KINDS] = {
    [1] = VG_STEP_KEPT, [2] = VG_STEP_UNDONE
  };
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) written = new_full (dir);
  g_autoptr (VgJournal) journal = NULL;

  job_file_write (written);
  journal = read_journal (written->path);
  g_assert_cmpstr (journal->path, ==, written->path);
  g_assert_cmpstr (journal->id, ==, written->id);
  g_assert_cmpstr (journal->domain, ==, written->domain);
  g_assert_cmpstr (journal->uuid, ==, written->uuid);
  g_assert_cmpstr (journal->uri, ==, "qemu:///system");
  g_assert_cmpint (journal->started, ==, written->started);
  g_assert_cmpint (journal->finished, ==, written->started + 5);
  g_assert_cmpint (journal->state, ==, VG_JOB_FAILED);
  g_assert_cmpstr (journal->error, ==, "it failed");
  g_assert_cmpint (journal->kind, ==, VG_JOB_FLATTEN);
  g_assert_cmpuint (journal->steps->len, ==, VG_N_STEP_KINDS);
  for (guint i = 0; i < VG_N_STEP_KINDS; i++) {
    g_assert_cmpint (job_file_get_step (journal, i)->kind, ==, (VgStepKind) i);
    g_assert_cmpint (job_file_get_step (journal, i)->state, ==, states[i]);
    g_assert_cmpstr (job_file_get_step (journal, i)->object, ==,
                     job_file_get_step (written, i)->object);
  }
  g_assert_cmpuint (journal->images->len, ==, 2);
  assert_image (journal->images->pdata[0]);
  g_assert_null (((VgJobImage *) journal->images->pdata[1])->store);
  g_assert_cmpuint (journal->clusters->len, ==, 0);
  g_assert_true (journal->quiesce.known);
  g_assert_cmpuint (journal->quiesce.file_systems, ==, 3);
  g_assert_cmpuint (journal->quiesce.frozen_ms, ==, 120);
  g_assert_null (journal->quiesce.obstacle);
}

/* What was not quiesced, and what nobody knows of. */
static void
test_unquiesced (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) written = new_full (dir);
  VgJobQuiesce quiesce = { .known = TRUE, .obstacle = (char *) "it hangs" };

  vg_journal_set_quiesce (written, &quiesce);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (VgJournal) journal = NULL;

    job_file_write (written);
    journal = read_journal (written->path);
    g_assert_cmpint (journal->quiesce.known, ==, quiesce.known);
    g_assert_cmpuint (journal->quiesce.file_systems, ==, 0);
    g_assert_cmpstr (journal->quiesce.obstacle, ==, quiesce.obstacle);
    quiesce = (VgJobQuiesce){ 0 };
    vg_journal_set_quiesce (written, &quiesce);
  }
}

static void
add_cluster (VgJournal *journal, const char *fsid, const char *user)
{
  VgCephAddress cluster = { .fsid = (char *) fsid, .user = (char *) user };

  vg_journal_add_cluster (journal, &cluster);
}

static const VgCephAddress *
get_cluster (const VgJournal *journal, guint number)
{
  g_assert_cmpuint (number, <, journal->clusters->len);
  return journal->clusters->pdata[number];
}

/* Once each, but by each user. */
static void
test_clusters (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) written = new_journal (dir);
  g_autoptr (VgJournal) journal = NULL;

  add_cluster (written, "one", "nova");
  add_cluster (written, "two", "nova");
  add_cluster (written, "one", "cinder");
  add_cluster (written, "one", "nova");
  job_file_write (written);
  journal = read_journal (written->path);
  g_assert_cmpint (journal->kind, ==, VG_JOB_SNAPSHOT);
  g_assert_cmpuint (journal->clusters->len, ==, 3);
  g_assert_cmpstr (get_cluster (journal, 0)->user, ==, "nova");
  g_assert_cmpstr (get_cluster (journal, 1)->fsid, ==, "two");
  g_assert_cmpstr (get_cluster (journal, 2)->fsid, ==, "one");
  g_assert_cmpstr (get_cluster (journal, 2)->user, ==, "cinder");
}

/* The bare minimum: as it stands before the first step. */
static void
test_new (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) written = new_journal (dir);
  g_autoptr (VgJournal) journal = NULL;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  g_assert_false (g_file_test (written->path, G_FILE_TEST_EXISTS));
  job_file_write (written);
  journal = read_journal (written->path);
  g_assert_cmpint (journal->state, ==, VG_JOB_RUNNING);
  g_assert_cmpint (journal->started, <=, now);
  g_assert_cmpint (journal->started, >=, now - 60);
  g_assert_cmpint (journal->finished, ==, 0);
  g_assert_null (journal->error);
  g_assert_null (journal->uri);
  g_assert_cmpuint (journal->steps->len, ==, 0);
  g_assert_cmpuint (journal->images->len, ==, 0);
}

/* What is taken is drawn again. */
static void
test_new_id (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) first = NULL, second = NULL;

  g_random_set_seed (7);
  first = new_journal (dir);
  job_file_write (first);
  g_random_set_seed (7);
  second = new_journal (dir);
  g_assert_cmpstr (first->id, !=, second->id);
  g_assert_true (g_str_has_suffix (second->path, ".json"));
  g_assert_nonnull (strstr (second->path, second->id));
}

/* It names what is where: nobody else's business. */
static void
test_mode (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *state = workdir_path (dir, "state");
  g_autofree char *jobs = g_build_filename (state, "jobs", NULL);
  g_autoptr (VgJournal) journal = new_journal (state);
  mode_t mask = umask (0);
  struct stat st;

  job_file_write (journal);
  umask (mask);
  g_assert_cmpint (g_stat (journal->path, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 07777, ==, 0600);
  g_assert_cmpint (g_stat (jobs, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 07777, ==, 0700);
}

/* Written again it is a whole new file, without another one beside it. */
static void
test_rewrite (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = new_full (dir);
  g_autoptr (VgJournal) again = NULL;
  g_autofree char *folder = g_path_get_dirname (journal->path);
  g_autoptr (GDir) names = NULL;

  job_file_write (journal);
  g_ptr_array_set_size (journal->steps, 1);
  g_ptr_array_set_size (journal->images, 0);
  job_file_write (journal);
  again = read_journal (journal->path);
  g_assert_cmpuint (again->steps->len, ==, 1);
  names = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (g_dir_read_name (names));
  g_assert_null (g_dir_read_name (names));
}

static void
test_unwritable (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *file = workdir_file (dir, "state", "");
  g_autoptr (VgJournal) journal = new_journal (file);
  g_autoptr (GError) error = NULL;

  g_assert_false (vg_journal_write (journal, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOTDIR);
  g_assert_nonnull (strstr (error->message, file));
}

#define START "{\"id\": \"1\", \"domain\": \"d\", \"uuid\": \"u\", "

static void
test_damaged (void)
{
  static const char *const texts[] = {
    "",
    "{",
    "null",
    "[]",
    "\"running\"",
    "{}",
    "{\"id\": \"1\", \"domain\": \"d\", \"state\": \"done\"}",
    "{\"id\": \"1\", \"uuid\": \"u\", \"state\": \"done\"}",
    "{\"domain\": \"d\", \"uuid\": \"u\", \"state\": \"done\"}",
    "{\"id\": 1, \"domain\": \"d\", \"uuid\": \"u\", \"state\": \"done\"}",
    "{\"id\": \"../1\", \"domain\": \"d\", \"uuid\": \"u\", \"state\": "
    "\"done\"}",
    "{\"id\": \"1\", \"domain\": \"d\", \"uuid\": \"a/b\", \"state\": "
    "\"done\"}",
    "{\"id\": \"1\", \"domain\": \"d\", \"uuid\": \"\", \"state\": \"done\"}",
    START "\"state\": \"lost\"}",
    START "\"state\": 0}",
    START "\"steps\": []}",
    START "\"state\": \"done\", \"steps\": [null]}",
    START "\"state\": \"done\", \"steps\": [\"folder\"]}",
    START "\"state\": \"done\", \"steps\": [{}]}",
    START "\"state\": \"done\", \"steps\": [{\"step\": \"folder\","
          " \"state\": \"begun\"}]}",
    START "\"state\": \"done\", \"steps\": [{\"step\": \"folder\","
          " \"object\": \"/a\", \"state\": \"gone\"}]}",
    START "\"state\": \"done\"} trailing",
  };
  g_autoptr (Workdir) dir = workdir_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *path = workdir_file (dir, "j.json", texts[i]);
    g_autoptr (GError) error = NULL;

    if (vg_journal_read (path, &error) != NULL)
      g_error ("this was read: %s", texts[i]);
    g_assert_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE);
    g_assert_nonnull (strstr (error->message, path));
  }
}

/* Values that only a later program can have written are not taken for damage.
 */
static void
test_newer (void)
{
  static const char *const texts[] = {
    START "\"state\": \"done\", \"version\": 2}",
    START "\"state\": \"done\", \"version\": \"1\"}",
    START "\"state\": \"done\", \"version\": -1}",
    "{\"version\": 2, \"job\": {}}",
    START "\"state\": \"done\", \"kind\": \"flat\"}",
    START "\"state\": \"done\", \"steps\": [{\"step\": \"format\","
          " \"object\": \"/dev/sda\", \"state\": \"begun\"}]}",
  };
  g_autoptr (Workdir) dir = workdir_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *path = workdir_file (dir, "j.json", texts[i]);
    g_autoptr (GError) error = NULL;

    if (vg_journal_read (path, &error) != NULL)
      g_error ("this was read: %s", texts[i]);
    g_assert_error (error, VG_JSON_ERROR, VG_JSON_ERROR_NEWER);
    g_assert_true (g_str_has_prefix (error->message, path));
    g_assert_nonnull (strstr (error->message, "a newer virt-glance wrote it"));
  }
}

/* It is the first that a reader finds; what has none is from before there was
 * one. (All other tests of this file read such.) */
static void
test_version (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = new_journal (dir), old = NULL;
  g_autofree char *text = NULL, *path = NULL;
  g_autoptr (VgJson) shown = NULL;

  job_file_write (journal);
  g_assert_true (g_file_get_contents (journal->path, &text, NULL, NULL));
  g_assert_cmpstr (g_strchug (text + 1), ==, strstr (text, "\"version\": 1,"));
  path = workdir_file (dir, "j.json",
                       START "\"version\": 0, \"state\": \"done\"}");
  old = read_journal (path);
  g_assert_cmpint (old->state, ==, VG_JOB_DONE);
  /* It is the file's alone. */
  shown = vg_journal_to_json (journal);
  g_assert_null (vg_json_get (shown, "version"));
}

/* What isn't needed to undo the job may be odd. */
static void
test_odd (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_file (
      dir, "j.json",
      START "\"state\": \"done\", \"started\": \"now\", \"error\": 5,"
            "\"finished\": 1e300, \"steps\": {}, \"more\": [],"
            "\"images\": [null, 1, {\"copies\": [null, \"x\", 5, {}],"
            "\"size\": \"big\"}]}");
  g_autoptr (VgJournal) journal = read_journal (path);
  const VgJobImage *image;

  g_assert_cmpint (journal->started, ==, 0);
  g_assert_null (journal->error);
  /* As before there were others. */
  g_assert_cmpint (journal->kind, ==, VG_JOB_SNAPSHOT);
  g_assert_cmpuint (journal->clusters->len, ==, 0);
  g_assert_cmpuint (journal->images->len, ==, 3);
  image = journal->images->pdata[2];
  g_assert_cmpuint (g_strv_length (image->copies), ==, 1);
  g_assert_cmpstr (image->copies[0], ==, "x");
  g_assert_false (vg_journal_has_leftovers (journal));
}

static void
test_missing (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "none.json");
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_journal_read (path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

/* Which peers undoing what is left needs. */
static void
test_needs (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = new_journal (dir);

  vg_journal_add_step (journal, VG_STEP_IMAGE, "image");
  vg_journal_add_step (journal, VG_STEP_BACKUP, "socket");
  g_assert_true (vg_journal_needs (journal, VG_STEP_NEEDS_GLANCE));
  g_assert_true (vg_journal_needs (journal, VG_STEP_NEEDS_GUEST));
  g_assert_false (vg_journal_needs (journal, VG_STEP_NEEDS_CEPH));
  vg_journal_set_undone (journal, 1);
  g_assert_true (vg_journal_needs (journal, VG_STEP_NEEDS_GLANCE));
  g_assert_false (vg_journal_needs (journal, VG_STEP_NEEDS_GUEST));
}

/* A guest's agent may tell as much as it likes. */
static void
test_long_error (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = new_journal (dir), read = NULL;
  VgJobQuiesce quiesce = { .known = TRUE };
  g_autofree char *text = g_strnfill (900000, 'x');
  g_autoptr (GError) error = NULL;

  journal->error = g_strdup (text);
  quiesce.obstacle = text;
  vg_journal_set_quiesce (journal, &quiesce);
  g_assert_true (vg_journal_write (journal, &error));
  read = vg_journal_read (journal->path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (read->error), ==, 4003);
  g_assert_cmpuint (strlen (read->quiesce.obstacle), ==, 4003);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/journal/round-trip", test_round_trip);
  g_test_add_func ("/journal/long-error", test_long_error);
  g_test_add_func ("/journal/unquiesced", test_unquiesced);
  g_test_add_func ("/journal/clusters", test_clusters);
  g_test_add_func ("/journal/new", test_new);
  g_test_add_func ("/journal/new-id", test_new_id);
  g_test_add_func ("/journal/mode", test_mode);
  g_test_add_func ("/journal/rewrite", test_rewrite);
  g_test_add_func ("/journal/unwritable", test_unwritable);
  g_test_add_func ("/journal/damaged", test_damaged);
  g_test_add_func ("/journal/newer", test_newer);
  g_test_add_func ("/journal/version", test_version);
  g_test_add_func ("/journal/odd", test_odd);
  g_test_add_func ("/journal/missing", test_missing);
  g_test_add_func ("/journal/needs", test_needs);
  return g_test_run ();
}
