/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undoing steps: in which order, which of them, and what is left of one that
 * can't be undone. */
#include "job/undo.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "job/error.h"
#include "lib/job-file.h"
#include "lib/workdir.h"

static const VgPeers nothing = { 0 };

static gboolean
exists (const char *path)
{
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
undo (VgJournal *journal, guint first)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = vg_undo_steps (journal, first, &nothing, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

/* A second time, there is nothing left. */
static void
test_twice (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5), again = NULL;
  const char *outer = job_file_add_folder (journal, dir, "outer");

  job_file_add_folder (journal, outer, "inner");
  undo (journal, 0);
  g_assert_false (exists (outer));
  g_assert_false (vg_journal_has_leftovers (journal));
  again = job_file_read (journal);
  g_assert_cmpint (job_file_get_step (again, 0)->state, ==, VG_STEP_UNDONE);
  g_assert_cmpint (job_file_get_step (again, 1)->state, ==, VG_STEP_UNDONE);
  undo (journal, 0);
}

/* What was never come to is undone, too. */
static void
test_never_made (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5);
  g_autofree char *folder =
      g_build_filename ("/nonexistent", journal->id, NULL);

  vg_journal_add_step (journal, VG_STEP_FOLDER, folder);
  vg_journal_add_step (journal, VG_STEP_FREEZE, "test");
  vg_journal_add_step (journal, VG_STEP_BACKUP, "/nonexistent/socket");
  undo (journal, 0);
  g_assert_false (vg_journal_has_leftovers (journal));
}

static void
test_which (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5);
  const char *before = job_file_add_folder (journal, dir, "before");
  const char *kept = job_file_add_folder (journal, dir, "kept");
  const char *undone = job_file_add_folder (journal, dir, "undone");
  const char *begun = job_file_add_folder (journal, dir, "begun");

  job_file_get_step (journal, 1)->state = VG_STEP_KEPT;
  job_file_get_step (journal, 2)->state = VG_STEP_UNDONE;
  undo (journal, 1);
  g_assert_true (exists (before));
  g_assert_true (exists (kept));
  g_assert_true (exists (undone));
  g_assert_false (exists (begun));
  g_assert_cmpint (job_file_get_step (journal, 0)->state, ==, VG_STEP_BEGUN);
  g_assert_cmpint (job_file_get_step (journal, 1)->state, ==, VG_STEP_KEPT);
}

/* One that fails stays begun, and is in the way of no other one. */
static void
test_failing (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5), again = NULL;
  const char *first = job_file_add_folder (journal, dir, "first");
  g_autofree char *open = workdir_path (dir, "open");
  const char *full = job_file_add_folder (journal, open, "full");
  const char *last = NULL;
  g_autofree char *parent = workdir_path (dir, "open/full");
  g_autofree char *moved = workdir_path (dir, "moved");
  g_autofree char *image = g_uuid_string_random ();
  g_autoptr (GError) error = NULL;

  vg_journal_add_step (journal, VG_STEP_IMAGE, image);
  last = job_file_add_folder (journal, dir, "last");
  /* Others may have placed this link. */
  g_assert_cmpint (g_rename (parent, moved), ==, 0);
  g_assert_cmpint (symlink (moved, parent), ==, 0);
  g_assert_cmpint (g_chmod (open, 0777), ==, 0);
  g_assert_false (vg_undo_steps (journal, 0, &nothing, &error));
  g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG);
  /* It says of each what is left. */
  g_assert_nonnull (strstr (error->message, image));
  g_assert_nonnull (strstr (error->message, full));
  /* The last one first. */
  g_assert_true (strstr (error->message, image)
                 < strstr (error->message, full));
  g_assert_false (exists (first));
  g_assert_true (exists (full));
  g_assert_false (exists (last));
  again = job_file_read (journal);
  g_assert_cmpint (job_file_get_step (again, 0)->state, ==, VG_STEP_UNDONE);
  g_assert_cmpint (job_file_get_step (again, 1)->state, ==, VG_STEP_BEGUN);
  g_assert_cmpint (job_file_get_step (again, 2)->state, ==, VG_STEP_BEGUN);
  g_assert_cmpint (job_file_get_step (again, 3)->state, ==, VG_STEP_UNDONE);
}

/* All in a directory is deleted, so a damaged journal must not name any. */
static void
test_foreign (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5);
  g_autofree char *file = workdir_file (dir, "file", "x");
  g_autoptr (GError) error = NULL;

  vg_journal_add_step (journal, VG_STEP_FOLDER, dir);
  g_assert_false (vg_undo_steps (journal, 0, &nothing, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
  g_assert_nonnull (strstr (error->message, dir));
  g_assert_true (exists (file));
}

/* Without the peer that it needs, a step of any kind stays to be undone, and
 * the error names what it made; but for those of a guest that is gone. */
static void
test_without_peers (void)
{
  g_autoptr (Workdir) dir = workdir_new ();

  for (guint kind = 0; kind < VG_N_STEP_KINDS; kind++) {
    VgStepNeeds needs = vg_step_get_traits ((VgStepKind) kind)->needs;
    /* What happened to a disk is not taken for undone without the disk. */
    gboolean undone =
        (needs == VG_STEP_NEEDS_NOTHING || needs == VG_STEP_NEEDS_GUEST)
        && kind != VG_STEP_SWAP && kind != VG_STEP_OVERWRITE;
    g_autoptr (VgJournal) journal = job_file_new (dir, 5);
    g_autofree char *object = g_build_filename ("/no/such", journal->id, NULL);
    g_autoptr (GError) error = NULL;

    vg_journal_add_step (journal, (VgStepKind) kind, object);
    g_assert_cmpint (vg_undo_steps (journal, 0, &nothing, &error), ==, undone);
    g_assert_cmpint (vg_journal_has_leftovers (journal), ==, !undone);
    g_assert_cmpint (error != NULL && strstr (error->message, "/no/such"), ==,
                     !undone);
  }
}

/* Of a domain that is there, and needs nothing. */
static void
test_guest (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgHost) host = vg_host_open (JOB_URI, &error);
  g_autoptr (VgGuest) guest = vg_guest_find (host, JOB_UUID, &error);
  VgPeers with_guest = { .guest = guest };
  guint frozen;

  g_assert_no_error (error);
  vg_journal_add_step (journal, VG_STEP_FREEZE, "test");
  g_assert_true (vg_guest_freeze (guest, NULL, 5, &frozen, &error));
  g_assert_true (vg_undo_steps (journal, 0, &with_guest, &error));
  g_assert_no_error (error);
  g_assert_false (vg_journal_has_leftovers (journal));
}

/* Of several errors, the code is that of the first for which waiting doesn't
 * help: that a backup job may still begin must not hide that there are no
 * credentials for the image. */
static void
test_late_and_failing (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5);
  g_autoptr (GError) error = NULL, late = NULL;
  g_autoptr (VgHost) host = vg_host_open (JOB_URI, &error);
  g_autoptr (VgGuest) guest = vg_guest_find (host, JOB_UUID, &error);
  VgPeers with_guest = { .guest = guest };
  guint backup;

  g_assert_no_error (error);
  vg_journal_add_step (journal, VG_STEP_IMAGE, "i");
  backup = vg_journal_add_step (journal, VG_STEP_BACKUP, "/no/socket");
  g_assert_true (vg_journal_ask (journal, backup, &error));
  g_assert_false (vg_undo_steps (journal, backup, &with_guest, &late));
  g_assert_error (late, VG_RUN_ERROR, VG_RUN_ERROR_LATE);
  g_assert_false (vg_undo_steps (journal, 0, &with_guest, &error));
  g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, late->message));
}

#define FSID "5f0c3a52-7d0e-4a6c-9a55-0d8a3f6f4b11"

/* Fails with such a message; then the steps of the journal, in its file, are
 * as states says, one letter each: begun, undone, kept. */
static void
undo_badly (VgJournal *journal, VgCeph *ceph, VgDiskError code,
            const char *text, const char *states)
{
  g_autoptr (VgJournal) again = NULL;
  g_autoptr (GError) error = NULL;
  VgPeers undo = { .ceph = ceph };

  g_assert_false (vg_undo_steps (journal, 0, &undo, &error));
  g_assert_error (error, VG_DISK_ERROR, (int) code);
  if (strstr (error->message, text) == NULL)
    g_error ("expected '%s' in: %s", text, error->message);
  again = job_file_read (journal);
  g_assert_cmpuint (again->steps->len, ==, strlen (states));
  for (guint i = 0; i < again->steps->len; i++)
    g_assert_cmpint ("buk"[job_file_get_step (again, i)->state], ==, states[i]);
}

/* What is in Ceph waits for a Ceph to ask, and is in the way of nothing. */
static void
test_without_ceph (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5);

  vg_journal_add_step (journal, VG_STEP_RBD_SNAPSHOT, FSID "/vms/a@s");
  job_file_add_folder (journal, dir, "folder");
  vg_journal_add_step (journal, VG_STEP_RBD_SNAPSHOT, FSID "/vms/b@s");
  undo_badly (journal, NULL, VG_DISK_ERROR_UNREACHABLE,
              FSID "/vms/b@s in Ceph has not been removed yet; " FSID
                   "/vms/a@s in Ceph",
              "bub");
}

/* The snapshot of a clone that stays is not even tried: it would be taken from
 * under the image. */
static void
test_held_by_clone (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5);
  g_autoptr (GError) error = NULL;

  vg_journal_add_step (journal, VG_STEP_RBD_SNAPSHOT, FSID "/vms/a@s");
  vg_journal_add_step (journal, VG_STEP_RBD_IMAGE, FSID "/images/i");
  job_file_add_folder (journal, dir, "folder");
  g_assert_false (vg_undo_steps (journal, 0, &nothing, &error));
  g_assert_null (strstr (error->message, "vms/a@s"));
  g_clear_error (&error);
  undo_badly (journal, NULL, VG_DISK_ERROR_UNREACHABLE,
              FSID "/images/i in Ceph", "bbu");
}

/* What is to be flattened needs its parent until it is. */
static void
test_held_by_flatten (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5);
  g_autoptr (GError) error = NULL;

  vg_journal_add_step (journal, VG_STEP_RBD_SNAPSHOT, FSID "/vms/a@s");
  vg_journal_add_step (journal, VG_STEP_FLATTEN, FSID "/images/i");
  g_assert_false (vg_undo_steps (journal, 0, &nothing, &error));
  g_assert_null (strstr (error->message, "vms/a@s"));
}

/* Glance's image is deleted before what it is made of, or neither is. */
static void
test_held_by_location (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5);
  g_autoptr (VgConfig) config = vg_config_new ();
  g_autoptr (VgCeph) ceph = vg_ceph_new (config, NULL);
  VgPeers undo = { .ceph = ceph };
  g_autoptr (GError) error = NULL;

  job_file_add_folder (journal, dir, "folder");
  vg_journal_add_step (journal, VG_STEP_RBD_SNAPSHOT, FSID "/vms/a@s");
  vg_journal_add_step (journal, VG_STEP_RBD_IMAGE, FSID "/images/i");
  vg_journal_add_step (journal, VG_STEP_LOCATION, "i");
  g_assert_false (vg_undo_steps (journal, 0, &undo, &error));
  g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG);
  g_assert_null (strstr (error->message, FSID));
  g_assert_cmpint (job_file_get_step (journal, 0)->state, ==, VG_STEP_UNDONE);
  for (guint i = 1; i < 4; i++)
    g_assert_cmpint (job_file_get_step (journal, i)->state, ==, VG_STEP_BEGUN);
  /* One that is done with holds nothing. */
  job_file_get_step (journal, 3)->state = VG_STEP_UNDONE;
  g_clear_error (&error);
  g_assert_false (vg_undo_steps (journal, 0, &undo, &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == VG_DISK_ERROR);
}

/* A journal that tells nothing of the cluster, or names nothing in it. */
static void
test_lost_in_ceph (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5);
  g_autoptr (VgConfig) config = vg_config_new ();
  g_autoptr (VgCeph) ceph = vg_ceph_new (config, NULL);

  vg_journal_add_step (journal, VG_STEP_RBD_SNAPSHOT, FSID "/vms/a@s");
  vg_journal_add_step (journal, VG_STEP_RBD_SNAPSHOT, FSID "/vms@s");
  undo_badly (journal, ceph, VG_DISK_ERROR_OPEN,
              "'" FSID
              "/vms@s', which is not an object in Ceph; the journal has "
              "no address of the Ceph cluster " FSID,
              "bb");
}

/* A journal that can't be written keeps nobody from undoing. */
static void
test_unwritable (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *file = workdir_file (dir, "file", "");
  g_autoptr (VgJournal) journal = job_file_new (file, 5);
  const char *folder = job_file_add_folder (journal, dir, "folder");

  undo (journal, 0);
  g_assert_false (exists (folder));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/undo/twice", test_twice);
  g_test_add_func ("/undo/never-made", test_never_made);
  g_test_add_func ("/undo/which", test_which);
  g_test_add_func ("/undo/failing", test_failing);
  g_test_add_func ("/undo/foreign", test_foreign);
  g_test_add_func ("/undo/without-peers", test_without_peers);
  g_test_add_func ("/undo/guest", test_guest);
  g_test_add_func ("/undo/late-and-failing", test_late_and_failing);
  g_test_add_func ("/undo/unwritable", test_unwritable);
  g_test_add_func ("/undo/without-ceph", test_without_ceph);
  g_test_add_func ("/undo/held-by-clone", test_held_by_clone);
  g_test_add_func ("/undo/held-by-flatten", test_held_by_flatten);
  g_test_add_func ("/undo/held-by-location", test_held_by_location);
  g_test_add_func ("/undo/lost-in-ceph", test_lost_in_ceph);
  return g_test_run ();
}
