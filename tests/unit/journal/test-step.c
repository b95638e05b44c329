/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the kinds of steps: what is in journals on disks already must
 * be read for good. */
#include "journal/step.h"

/* What each kind is called in files, what it needs, whether it stays with an
 * image, and which kinds hold it back. A kind never loses its name. */
static const struct {
  VgStepKind kind;
  const char *name;
  VgStepNeeds needs;
  VgStepPart part;
  guint held_by;
  guint late;
} expected[] = {
#define CLONE                                                                  \
  (1u << VG_STEP_LOCATION | 1u << VG_STEP_RBD_IMAGE | 1u << VG_STEP_FLATTEN)
  { VG_STEP_FOLDER, "folder", VG_STEP_NEEDS_NOTHING, VG_STEP_OF_INSTANT,
    1u << VG_STEP_BACKUP, 0 },
  { VG_STEP_IMAGE, "image", VG_STEP_NEEDS_GLANCE, VG_STEP_OF_IMAGE, 0, 120 },
  { VG_STEP_FREEZE, "freeze", VG_STEP_NEEDS_GUEST, VG_STEP_OF_INSTANT, 0, 0 },
  { VG_STEP_BACKUP, "backup", VG_STEP_NEEDS_GUEST, VG_STEP_OF_INSTANT, 0, 60 },
  { VG_STEP_RBD_SNAPSHOT, "rbd-snapshot", VG_STEP_NEEDS_CEPH,
    VG_STEP_OF_INSTANT, CLONE, 120 },
  { VG_STEP_RBD_IMAGE, "rbd-image", VG_STEP_NEEDS_CEPH, VG_STEP_OF_IMAGE, CLONE,
    0 },
  { VG_STEP_LOCATION, "location", VG_STEP_NEEDS_GLANCE, VG_STEP_OF_IMAGE, 0,
    0 },
  { VG_STEP_FLATTEN, "flatten", VG_STEP_NEEDS_CEPH, VG_STEP_OF_NEITHER, CLONE,
    0 },
  { VG_STEP_PROTECT, "protect", VG_STEP_NEEDS_GLANCE, VG_STEP_OF_IMAGE, 0,
    120 },
  { VG_STEP_NEW_FILE, "new-file", VG_STEP_NEEDS_NOTHING, VG_STEP_OF_INSTANT, 0,
    0 },
  { VG_STEP_SWAP, "swap", VG_STEP_NEEDS_NOTHING, VG_STEP_OF_IMAGE, 0, 0 },
  { VG_STEP_DISK_FILE, "disk-file", VG_STEP_NEEDS_NOTHING, VG_STEP_OF_IMAGE,
    VG_STEP_BIT (DOMAIN), 0 },
  { VG_STEP_DOMAIN, "domain", VG_STEP_NEEDS_HOST, VG_STEP_OF_IMAGE, 0, 60 },
  { VG_STEP_OVERWRITE, "overwrite", VG_STEP_NEEDS_NOTHING, VG_STEP_OF_IMAGE, 0,
    0 },
  { VG_STEP_RBD_NEW, "rbd-new", VG_STEP_NEEDS_CEPH, VG_STEP_OF_INSTANT,
    VG_STEP_BIT (RBD_SWAP), 0 },
  { VG_STEP_RBD_SWAP, "rbd-swap", VG_STEP_NEEDS_CEPH, VG_STEP_OF_IMAGE, 0, 0 },
  { VG_STEP_BACKING_STORE, "backing-store", VG_STEP_NEEDS_GUEST,
    VG_STEP_OF_IMAGE, VG_STEP_BIT (SWAP) | VG_STEP_BIT (RBD_SWAP), 60 },
};

static void
test_rows (void)
{
  g_assert_cmpuint (VG_N_STEP_KINDS, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    const VgStepTraits *traits = vg_step_get_traits (expected[i].kind);

    g_assert_cmpstr (traits->name, ==, expected[i].name);
    g_assert_cmpint (traits->needs, ==, expected[i].needs);
    g_assert_cmpint (traits->part, ==, expected[i].part);
    g_assert_cmpuint (traits->held_by, ==, expected[i].held_by);
    g_assert_cmpuint (traits->late, ==, expected[i].late);
  }
}

/* Each name is of one kind. */
static void
test_names (void)
{
  for (guint i = 0; i < VG_N_STEP_KINDS; i++) {
    VgStepKind kind = VG_N_STEP_KINDS;
    const char *name = vg_step_get_traits ((VgStepKind) i)->name;

    g_assert_true (vg_step_kind_from_string (name, &kind));
    g_assert_cmpuint (kind, ==, i);
  }
}

static void
test_unknown (void)
{
  VgStepKind kind = VG_STEP_BACKUP;
  VgStepState state = VG_STEP_KEPT;

  g_assert_false (vg_step_kind_from_string ("format", &kind));
  g_assert_false (vg_step_kind_from_string ("", &kind));
  g_assert_false (vg_step_kind_from_string (NULL, &kind));
  g_assert_cmpint (kind, ==, VG_STEP_BACKUP);
  g_assert_false (vg_step_state_from_string ("gone", &state));
  g_assert_false (vg_step_state_from_string (NULL, &state));
  g_assert_cmpint (state, ==, VG_STEP_KEPT);
}

static void
test_states (void)
{
  static const char *const names[] = { "begun", "undone", "kept" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    VgStepState state;

    g_assert_true (vg_step_state_from_string (names[i], &state));
    g_assert_cmpuint (state, ==, i);
    g_assert_cmpstr (vg_step_state_to_string (state), ==, names[i]);
  }
}

/* Until when a snapshot may appear, of which was asked at 1000. */
static void
test_due (void)
{
  VgStep step = { .kind = VG_STEP_RBD_SNAPSHOT, .asked = 1000 };

  g_assert_cmpint (vg_step_get_due (&step, 1000), ==, 1120);
  g_assert_cmpint (vg_step_get_due (&step, 1119), ==, 1120);
  g_assert_cmpint (vg_step_get_due (&step, 1120), ==, 0);
  step.request = VG_STEP_UNASKED;
  g_assert_cmpint (vg_step_get_due (&step, 1000), ==, 0);
  step.request = VG_STEP_ANSWERED;
  g_assert_cmpint (vg_step_get_due (&step, 1000), ==, 0);
  step.request = VG_STEP_UNANSWERED;
  step.state = VG_STEP_UNDONE;
  g_assert_cmpint (vg_step_get_due (&step, 1000), ==, 0);
  step.state = VG_STEP_BEGUN;
  step.kind = VG_STEP_FOLDER;
  g_assert_cmpint (vg_step_get_due (&step, 1000), ==, 0);
}

/* A clock that was set back, and does not go wrong again. */
static void
test_due_of_the_future (void)
{
  VgStep step = { .kind = VG_STEP_RBD_SNAPSHOT, .asked = G_MAXINT64 };

  g_assert_cmpint (vg_step_get_due (&step, 1000), ==, 1120);
  g_assert_cmpint (step.asked, ==, 1000);
  g_assert_cmpint (vg_step_get_due (&step, 1050), ==, 1120);
  g_assert_cmpint (vg_step_get_due (&step, 1120), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/step/rows", test_rows);
  g_test_add_func ("/step/names", test_names);
  g_test_add_func ("/step/unknown", test_unknown);
  g_test_add_func ("/step/states", test_states);
  g_test_add_func ("/step/due", test_due);
  g_test_add_func ("/step/due-of-the-future", test_due_of_the_future);
  return g_test_run ();
}
